//! People: who gets in, as whom, for how long, and who may manage whom. Over a whole server, over authentication alone
//! with a clock that tests turn, through the command line, and against a real identity provider.

mod command_line;
mod desk;
mod limits;
mod oidc;
mod pages;
mod repeats;
mod sessions;
mod stage;
mod tokens;
mod users;
