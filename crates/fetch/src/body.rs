//! The body of a response: octets taken as they come, decoded, and measured.
//!
//! gzip is decoded here, not by a library for HTTP, so that what it becomes is seen beside what came.
//!
//! Always: no more than the limit is in memory; a body that is whole has the end of its coding and nothing behind it.
//! RFC 9110, section 8.4.1; RFC 1952.

use std::io::{self, Write};

use flate2::write::GzDecoder;

use crate::settings::RATIO_JUDGED_FROM;

/// Limits of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// Octets, as received and as decoded.
    pub max_bytes: u64,
    /// Decoded octets for each received one.
    pub max_ratio: u64,
}

/// The reason why a body is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    TooLarge,
    Bomb,
    /// The coding is broken, in words that fit "sent a body that …".
    Broken(&'static str),
}

/// A coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentCoding {
    Identity,
    Gzip,
}

/// Decodes a body, piece by piece.
pub(crate) struct BodyDecoder {
    limits: BodyLimits,
    inner: ActiveDecoder,
}

enum ActiveDecoder {
    Identity(MeasuredBody),
    Gzip(Box<GzDecoder<MeasuredBody>>),
}

impl BodyDecoder {
    pub(crate) fn new(coding: ContentCoding, limits: BodyLimits) -> Self {
        let measured = MeasuredBody { limits, bytes: Vec::new(), received: 0, fault: None };
        let inner = match coding {
            ContentCoding::Identity => ActiveDecoder::Identity(measured),
            ContentCoding::Gzip => ActiveDecoder::Gzip(Box::new(GzDecoder::new(measured))),
        };
        Self { limits, inner }
    }

    /// Takes a piece as it was received.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), BodyFault> {
        let measured = self.measured();
        measured.received = measured.received.saturating_add(piece.len() as u64);
        let is_too_large = measured.received > self.limits.max_bytes;
        let written = match &mut self.inner {
            ActiveDecoder::Identity(measured) => measured.write_all(piece),
            ActiveDecoder::Gzip(decoder) => decoder.write_all(piece),
        };
        written.map_err(|error| self.fault(&error))?;
        if is_too_large { Err(BodyFault::TooLarge) } else { Ok(()) }
    }

    /// Says that all pieces were received.
    pub(crate) fn finish(&mut self) -> Result<(), BodyFault> {
        let finished = match &mut self.inner {
            ActiveDecoder::Identity(_) => Ok(()),
            ActiveDecoder::Gzip(decoder) => decoder.try_finish(),
        };
        finished.map_err(|_| {
            self.measured().fault.take().unwrap_or(BodyFault::Broken("is damaged or lacks its end"))
        })
    }

    /// The octets that were decoded.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.measured().bytes)
    }

    fn measured(&mut self) -> &mut MeasuredBody {
        match &mut self.inner {
            ActiveDecoder::Identity(measured) => measured,
            ActiveDecoder::Gzip(decoder) => decoder.get_mut(),
        }
    }

    fn fault(&mut self, error: &io::Error) -> BodyFault {
        let broken = match error.kind() {
            // The decoder has seen the end, and takes no more.
            io::ErrorKind::WriteZero => "goes on behind its end",
            _ => "cannot be decoded",
        };
        self.measured().fault.take().unwrap_or(BodyFault::Broken(broken))
    }
}

/// Decoded octets, up to the limits.
struct MeasuredBody {
    limits: BodyLimits,
    bytes: Vec<u8>,
    received: u64,
    /// The limit that was exceeded.
    fault: Option<BodyFault>,
}

impl Write for MeasuredBody {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let decoded = self.bytes.len() as u64 + piece.len() as u64;
        if decoded > RATIO_JUDGED_FROM && decoded / self.received.max(1) > self.limits.max_ratio {
            self.fault = Some(BodyFault::Bomb);
        } else if decoded > self.limits.max_bytes {
            let room = self.limits.max_bytes - self.bytes.len() as u64;
            self.bytes.extend_from_slice(&piece[..usize::try_from(room).unwrap_or(usize::MAX)]);
            self.fault = Some(BodyFault::TooLarge);
        } else {
            self.bytes.extend_from_slice(piece);
            return Ok(piece.len());
        }
        Err(io::Error::other("a limit is exceeded"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    const LIMITS: BodyLimits = BodyLimits { max_bytes: 10_000_000, max_ratio: 100 };

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(
        coding: ContentCoding,
        limits: BodyLimits,
        pieces: &[&[u8]],
    ) -> (Result<(), BodyFault>, Vec<u8>) {
        let mut decoder = BodyDecoder::new(coding, limits);
        let pushed = pieces.iter().try_for_each(|piece| decoder.push(piece));
        (pushed.and_then(|()| decoder.finish()), decoder.into_bytes())
    }

    #[test]
    fn octets_that_decode_to_nothing_are_counted() {
        // Stored blocks without content, without an end.
        let header = &gzip(b"")[..10];
        let blocks = [0, 0, 0, 0xff, 0xff].repeat(1_000);
        let limits = BodyLimits { max_bytes: 5_000, ..LIMITS };
        assert_eq!(decode(ContentCoding::Gzip, limits, &[header, &blocks]).0, Err(BodyFault::TooLarge));
        assert_eq!(
            decode(ContentCoding::Gzip, LIMITS, &[header, &blocks]).0,
            Err(BodyFault::Broken("is damaged or lacks its end"))
        );
    }

    #[test]
    fn what_compresses_well_is_a_bomb_only_if_it_is_large() {
        let judged = usize::try_from(RATIO_JUDGED_FROM).unwrap();
        assert_eq!(decode(ContentCoding::Gzip, LIMITS, &[&gzip(&vec![0; judged])]).0, Ok(()));
        assert_eq!(
            decode(ContentCoding::Gzip, LIMITS, &[&gzip(&vec![0; judged + 1])]).0,
            Err(BodyFault::Bomb)
        );
    }

    proptest! {
        #[test]
        fn a_body_is_whole_in_whatever_pieces_it_comes(
            body in prop::collection::vec(any::<u8>(), 0..2_000),
            size in 1_usize..100,
        ) {
            let zipped = gzip(&body);
            let pieces: Vec<_> = zipped.chunks(size).collect();
            prop_assert_eq!(decode(ContentCoding::Gzip, LIMITS, &pieces), (Ok(()), body.clone()));
            let pieces: Vec<_> = body.chunks(size).collect();
            prop_assert_eq!(decode(ContentCoding::Identity, LIMITS, &pieces), (Ok(()), body.clone()));
        }

        #[test]
        fn a_body_that_is_cut_or_goes_on_is_never_whole(
            body in prop::collection::vec(any::<u8>(), 0..2_000),
            at in any::<prop::sample::Index>(),
            surplus in prop::collection::vec(any::<u8>(), 1..50),
        ) {
            let zipped = gzip(&body);
            let cut = &zipped[..at.index(zipped.len())];
            let unfinished = Err(BodyFault::Broken("is damaged or lacks its end"));
            prop_assert_eq!(decode(ContentCoding::Gzip, LIMITS, &[cut]).0, unfinished);
            let behind = Err(BodyFault::Broken("goes on behind its end"));
            prop_assert_eq!(decode(ContentCoding::Gzip, LIMITS, &[&zipped, &surplus]).0, behind);
            let joined = [zipped.as_slice(), &surplus].concat();
            prop_assert_eq!(decode(ContentCoding::Gzip, LIMITS, &[&joined]).0, behind);
        }

        #[test]
        fn no_octets_make_it_panic_or_exceed_its_limits(
            octets in prop::collection::vec(any::<u8>(), 0..2_000),
            has_header in any::<bool>(),
            max_bytes in 0_u64..3_000,
        ) {
            let header = if has_header { gzip(b"")[..10].to_vec() } else { Vec::new() };
            let limits = BodyLimits { max_bytes, ..LIMITS };
            for coding in [ContentCoding::Gzip, ContentCoding::Identity] {
                let (_, bytes) = decode(coding, limits, &[&header, &octets]);
                prop_assert!(bytes.len() as u64 <= max_bytes);
            }
        }
    }
}
