//! The cluster's certificates and keys: an authority of its own, one certificate, the key of service accounts, a token.
//! They are made once per directory; nothing here talks to the cluster.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Where each file of the cluster's keys is.
#[derive(Clone, Debug)]
pub struct Pki {
    dir: PathBuf,
}

impl Pki {
    /// Takes the keys in `dir`, or makes them.
    pub fn in_dir(dir: &Path) -> Result<Self> {
        let pki = Self { dir: dir.to_owned() };
        if pki.tokens().is_file() {
            return Ok(pki);
        }
        fs::create_dir_all(dir)?;
        pki.generate().context("cannot make the cluster's certificates")?;
        // Last, so that its presence says that all the rest is there.
        private(&pki.tokens(), &format!("{},admin,admin,system:masters\n", random_hex(32)?))?;
        Ok(pki)
    }

    /// The authority's certificate.
    pub fn ca(&self) -> PathBuf {
        self.dir.join("ca.crt")
    }

    /// The one certificate, for servers and clients alike.
    pub fn cert(&self) -> PathBuf {
        self.dir.join("server.crt")
    }

    /// The certificate's key.
    pub fn key(&self) -> PathBuf {
        self.dir.join("server.key")
    }

    /// The key that signs the tokens of service accounts.
    pub fn service_account_key(&self) -> PathBuf {
        self.dir.join("service-accounts.key")
    }

    /// Its public half.
    pub fn service_account_public(&self) -> PathBuf {
        self.dir.join("service-accounts.pub")
    }

    /// The API server's file of static tokens.
    pub fn tokens(&self) -> PathBuf {
        self.dir.join("tokens.csv")
    }

    /// The administrator's token.
    pub fn token(&self) -> Result<String> {
        let text = fs::read_to_string(self.tokens())?;
        Ok(text.split(',').next().unwrap_or_default().to_owned())
    }

    fn generate(&self) -> Result<()> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::new(Vec::new())?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        ca.distinguished_name.push(DnType::CommonName, "pilothouse demo cluster");
        let ca_cert = ca.self_signed(&ca_key)?;
        let issuer = Issuer::new(ca, ca_key);

        let names = ["localhost", "127.0.0.1", "10.96.0.1", "kubernetes.default.svc"];
        let mut server = CertificateParams::new(names.map(str::to_owned).to_vec())?;
        server.distinguished_name.push(DnType::CommonName, "pilothouse demo cluster server");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let server_key = KeyPair::generate()?;
        let server_cert = server.signed_by(&server_key, &issuer)?;

        let accounts = KeyPair::generate()?;
        fs::write(self.ca(), ca_cert.pem())?;
        fs::write(self.cert(), server_cert.pem())?;
        private(&self.key(), &server_key.serialize_pem())?;
        private(&self.service_account_key(), &accounts.serialize_pem())?;
        fs::write(self.service_account_public(), accounts.public_key_pem())?;
        Ok(())
    }
}

/// Writes a file that only its owner may read.
pub fn private(path: &Path, text: &str) -> Result<()> {
    fs::remove_file(path).ok();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// Random bytes as hexadecimal digits, for tokens and passwords.
pub fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
