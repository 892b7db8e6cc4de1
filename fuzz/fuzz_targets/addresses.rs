//! Addresses as people paste them: what is taken for one is in ASCII, on one line, and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use smtp::{Address, masked};

fuzz_target!(|text: &str| {
    let _ = masked(text);
    if let Ok(address) = Address::read(text) {
        assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(Address::read(address.as_str()).as_ref(), Ok(&address));
        assert_eq!(address.as_str().rsplit_once('@').map(|(_, domain)| domain), Some(address.domain()));
        // Folded for comparison it is an address of the same mailbox, and folded once more the same.
        let folded = Address::read(&address.key()).expect("the key is an address");
        assert_eq!((folded.key(), folded.mailbox_key()), (address.key(), address.mailbox_key()));
    }
});
