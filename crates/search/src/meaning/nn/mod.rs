//! The arithmetic of a transformer, on one thread, with the widest vectors that the processor has.
//!
//! Plain loops over arrays of constant length, which the compiler turns into vector instructions; `pulp` compiles them
//! once more for AVX2 and FMA and chooses when the program runs. No `unsafe` is needed here.

pub(super) mod functions;
pub(super) mod matrix;
