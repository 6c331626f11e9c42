//! Sealing of what may hold secrets, before it reaches the database file: deflated, then XChaCha20-Poly1305 under
//! one key. Does not keep the key: `config` reads it from a file.

use std::io::{Read, Write};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use sha2::{Digest, Sha256};

use super::StoreError;
use crate::domain::clock::Entropy;

/// The most bytes that a sealed value may inflate to; a release's record has at most 1 MiB compressed.
const MAX_OPEN: u64 = 64 * 1024 * 1024;
const NONCE: usize = 24;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    digest_key: [u8; 32],
    entropy: std::sync::Arc<dyn Entropy>,
}

impl Sealer {
    /// A sealer with that key.
    pub fn new(key: &[u8; 32], entropy: std::sync::Arc<dyn Entropy>) -> Self {
        let digest_key = hmac(key, &[b"digests"]);
        Self { cipher: XChaCha20Poly1305::new(key.into()), digest_key, entropy }
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

    /// A digest that tells whether two plain values of the same place are equal, and tells nothing to who has not the
    /// key: a secret that could be guessed cannot be tried against it.
    pub fn digest(&self, place: &str, plain: &[u8]) -> [u8; 32] {
        let length = (place.len() as u64).to_be_bytes();
        hmac(&self.digest_key, &[&length, place.as_bytes(), plain])
    }
}

/// HMAC-SHA-256 (RFC 2104) with a key of 32 bytes; a shorter one is filled up with zeros.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let mut inner = Sha256::new_with_prefix(pad(0x36));
    parts.iter().for_each(|part| inner.update(part));
    Sha256::new_with_prefix(pad(0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_hmac_sha_256() {
        // RFC 4231, test case 3, whose key of 20 bytes is filled up with zeros, as HMAC itself does.
        let mut key = [0; 32];
        key[..20].fill(0xaa);
        let hex: String = hmac(&key, &[&[0xdd; 50]]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    }
}
