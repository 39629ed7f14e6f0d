//! The rules, told as cases.
