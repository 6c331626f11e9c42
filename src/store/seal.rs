//! Sealing of what may hold secrets, before it reaches the database file: deflated, then XChaCha20-Poly1305 under
//! one key. Does not keep the key: `config` reads it from a file.

use std::io::{Read, Write};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::StoreError;
use crate::domain::clock::Entropy;

/// The most bytes that a sealed value may inflate to; a release's record has at most 1 MiB compressed.
const MAX_OPEN: u64 = 64 * 1024 * 1024;
const NONCE: usize = 24;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    entropy: std::sync::Arc<dyn Entropy>,
}

impl Sealer {
    /// A sealer with that key.
    pub fn new(key: &[u8; 32], entropy: std::sync::Arc<dyn Entropy>) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.into()), entropy }
    }

    /// Seals bytes. `place` (table and row) is bound to them, so that a sealed value moved elsewhere does not open.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflater.write_all(plain).and_then(|()| deflater.finish()).map_err(|_| StoreError::Seal).and_then(|small| {
            let mut nonce = [0; NONCE];
            self.entropy.fill(&mut nonce);
            let payload = Payload { msg: &small, aad: place.as_bytes() };
            let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| StoreError::Seal)?;
            Ok([nonce.as_slice(), &sealed].concat())
        })
    }

    /// Opens what [`Self::seal`] made for the same place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(StoreError::Seal)?;
        let payload = Payload { msg: rest, aad: place.as_bytes() };
        let small = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| StoreError::Seal)?;
        let mut plain = Vec::new();
        flate2::read::DeflateDecoder::new(small.as_slice()).take(MAX_OPEN).read_to_end(&mut plain).map_err(|_| StoreError::Seal)?;
        Ok(plain)
    }
}
