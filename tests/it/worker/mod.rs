//! Workers: several at once, killed, restarted, and without Redis.

mod crash_recovery;
mod killed_and_stopped;
mod production;
