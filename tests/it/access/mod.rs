//! Who gets what: every route and verb that the server has, asked by everybody, of what is theirs, somebody else's, and
//! nobody's.

mod matrix;
mod surface;
mod table;
