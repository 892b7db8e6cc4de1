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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    TooLarge,
    Bomb,
    /// The coding is broken, in words that fit "sent a body that …".
    Broken(&'static str),
}

/// A coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
}

/// Decodes a body, piece by piece.
pub(crate) struct BodyDecoder {
    limits: BodyLimits,
    inner: Inner,
}

enum Inner {
    Identity(Measured),
    Gzip(Box<GzDecoder<Measured>>),
}

impl BodyDecoder {
    pub(crate) fn new(coding: Coding, limits: BodyLimits) -> Self {
        let measured = Measured { limits, bytes: Vec::new(), received: 0, fault: None };
        let inner = match coding {
            Coding::Identity => Inner::Identity(measured),
            Coding::Gzip => Inner::Gzip(Box::new(GzDecoder::new(measured))),
        };
        Self { limits, inner }
    }

    /// Takes a piece as it was received.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), BodyFault> {
        let measured = self.measured();
        measured.received = measured.received.saturating_add(piece.len() as u64);
        let is_too_large = measured.received > self.limits.max_bytes;
        let written = match &mut self.inner {
            Inner::Identity(measured) => measured.write_all(piece),
            Inner::Gzip(decoder) => decoder.write_all(piece),
        };
        written.map_err(|error| self.fault(&error))?;
        if is_too_large { Err(BodyFault::TooLarge) } else { Ok(()) }
    }

    /// Says that all pieces were received.
    pub(crate) fn finish(&mut self) -> Result<(), BodyFault> {
        let finished = match &mut self.inner {
            Inner::Identity(_) => Ok(()),
            Inner::Gzip(decoder) => decoder.try_finish(),
        };
        finished.map_err(|_| self.measured().fault.take().unwrap_or(BodyFault::Broken("lacks its end")))
    }

    /// The octets that were decoded.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.measured().bytes)
    }

    fn measured(&mut self) -> &mut Measured {
        match &mut self.inner {
            Inner::Identity(measured) => measured,
            Inner::Gzip(decoder) => decoder.get_mut(),
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
struct Measured {
    limits: BodyLimits,
    bytes: Vec<u8>,
    received: u64,
    /// The limit that was exceeded.
    fault: Option<BodyFault>,
}

impl Write for Measured {
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
