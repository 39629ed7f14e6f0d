//! Tests of the whole: over real sockets, on real files, in the window.

mod support;

mod bounds;
mod fulfilment;
mod receiver;
