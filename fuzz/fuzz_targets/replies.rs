//! Replies of mail servers: they are the same however the network cuts them, and each can be judged.

#![no_main]

use domain::delivery::record::classify::detect_alarm;
use libfuzzer_sys::fuzz_target;
use smtp::Command;
use smtp::fuzzing::replies;

fuzz_target!(|input: (u8, &[u8])| {
    let (size, octets) = input;
    let whole = replies(octets, octets.len());
    assert_eq!(replies(octets, usize::from(size)), whole);
    for reply in &whole.0 {
        let _ = detect_alarm(Command::Rcpt, reply);
    }
    assert!(
        whole.0.iter().all(|reply| (200..600).contains(&reply.code) && !reply.text.contains(['\r', '\n']))
    );
});
