//! What holds for the calls of every generation.

mod limits;
mod parsers;
