//! What a server said in its reply to EHLO that it can do: RFC 5321 section 4.1.1.1, and those extensions that this
//! client makes use of.

/// The extensions that a server offers.
#[expect(clippy::struct_excessive_bools, reason = "a server has each of them or has not")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// RFC 2920.
    pub(super) pipelining: bool,
    /// RFC 6152.
    pub(super) eight_bit_mime: bool,
    /// RFC 6531.
    pub(super) smtp_utf8: bool,
    /// RFC 3207.
    pub(super) start_tls: bool,
    /// RFC 1870: whether sizes may be told.
    pub(super) size: bool,
    /// RFC 1870: octets that a message may have, if the server names a number.
    pub(super) largest: Option<u64>,
    /// RFC 4616.
    pub(super) auth_plain: bool,
    /// LOGIN, which no RFC has.
    pub(super) auth_login: bool,
}

impl Capabilities {
    /// Reads the lines of the reply; the first is the server's greeting.
    pub(super) fn read(lines: &[String]) -> Self {
        let mut found = Self::default();
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // AUTH=… is how servers wrote it before RFC 2554; some still do so as well.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => found.pipelining = true,
                Some("8BITMIME") => found.eight_bit_mime = true,
                Some("SMTPUTF8") => found.smtp_utf8 = true,
                Some("STARTTLS") => found.start_tls = true,
                Some("SIZE") => {
                    found.size = true;
                    // 0 says that there is no fixed limit.
                    found.largest =
                        words.next().and_then(|word| word.parse().ok()).filter(|&limit| limit > 0);
                }
                Some("AUTH") => {
                    for mechanism in words {
                        found.auth_plain |= mechanism == "PLAIN";
                        found.auth_login |= mechanism == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Capabilities {
        Capabilities::read(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn extensions_are_read_in_any_spelling() {
        let all = Capabilities {
            pipelining: true,
            eight_bit_mime: true,
            smtp_utf8: true,
            start_tls: true,
            size: true,
            largest: Some(35_882_577),
            auth_plain: true,
            auth_login: true,
        };
        assert_eq!(
            read(
                "mx\nPIPELINING\n8BITMIME\nSMTPUTF8\nSTARTTLS\nSIZE 35882577\nAUTH CRAM-MD5 LOGIN PLAIN\nDSN\n"
            ),
            all
        );
        assert_eq!(
            read("mx\npipelining\n8bitmime\nsmtputf8\nstarttls\nsize 35882577\nAUTH=LOGIN PLAIN"),
            all
        );
        // The greeting is no extension, whatever the server calls itself.
        assert_eq!(read("PIPELINING"), Capabilities::default());
        for text in ["mx\nSIZE", "mx\nSIZE 0", "mx\nSIZE many"] {
            assert_eq!(read(text), Capabilities { size: true, ..Capabilities::default() }, "{text}");
        }
    }
}
