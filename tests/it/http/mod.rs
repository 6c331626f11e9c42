//! What the server answers to whom, over real HTTP; its cluster does not answer, which most of this needs not.

mod choice;
mod document;
mod door;
mod matrix;
mod server_functions;
mod unreachable;
