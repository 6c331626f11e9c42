//! The images that pods of the tests run, made by hand: busybox, and the one that holds a pod's namespaces. One OCI archive,
//! as containerd imports it.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::command;

const MEDIA: &str = "application/vnd.oci.image";

/// Writes the archive.
pub fn write(busybox: &Path, to: &Path) -> Result<()> {
    let layer = layer(busybox).context("the image of busybox cannot be made")?;
    let mut blobs = vec![layer];
    let path = json!(["PATH=/bin"]);
    let images = [
        ("localhost/busybox:1.35", json!({"Env": path, "Cmd": ["sh"]})),
        ("localhost/pause:local", json!({"Env": path, "Entrypoint": ["/bin/sleep", "2147483647"]})),
    ];
    let mut manifests = Vec::new();
    for (name, config) in images {
        let digest = format!("sha256:{}", hex(&blobs[0]));
        let config = json!({
            "created": "2026-01-01T00:00:00Z", "architecture": architecture(), "os": "linux", "config": config,
            "rootfs": {"type": "layers", "diff_ids": [digest]},
        });
        let config = kept(&mut blobs, &config, "config.v1+json")?;
        let layer = described(&blobs[0], "layer.v1.tar");
        let manifest = json!({"schemaVersion": 2, "mediaType": format!("{MEDIA}.manifest.v1+json"), "config": config, "layers": [layer]});
        let mut manifest = kept(&mut blobs, &manifest, "manifest.v1+json")?;
        manifest["platform"] = json!({"architecture": architecture(), "os": "linux"});
        manifest["annotations"] = json!({"io.containerd.image.name": name});
        manifests.push(manifest);
    }
    let index = json!({"schemaVersion": 2, "mediaType": format!("{MEDIA}.index.v1+json"), "manifests": manifests});
    let mut archive = Builder::new(File::create(to).with_context(|| format!("cannot write {}", to.display()))?);
    file(&mut archive, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    file(&mut archive, "index.json", 0o644, &serde_json::to_vec(&index)?)?;
    for blob in &blobs {
        file(&mut archive, &format!("blobs/sha256/{}", hex(blob)), 0o644, blob)?;
    }
    archive.into_inner()?;
    Ok(())
}

/// busybox under all of its names, and the little that programs look for.
fn layer(busybox: &Path) -> Result<Vec<u8>> {
    let mut layer = Builder::new(Vec::new());
    for (name, mode) in
        [("bin/", 0o755), ("etc/", 0o755), ("proc/", 0o755), ("sys/", 0o755), ("dev/", 0o755), ("tmp/", 0o1777), ("root/", 0o700)]
    {
        let mut header = header(0, mode);
        header.set_entry_type(EntryType::Directory);
        layer.append_data(&mut header, name, std::io::empty())?;
    }
    file(&mut layer, "bin/busybox", 0o755, &fs::read(busybox)?)?;
    let applets = command::run(Command::new(busybox).arg("--list"))?;
    for applet in applets.lines().filter(|applet| *applet != "busybox") {
        let mut header = header(0, 0o777);
        header.set_entry_type(EntryType::Symlink);
        layer.append_link(&mut header, format!("bin/{applet}"), "busybox")?;
    }
    file(&mut layer, "etc/passwd", 0o644, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")?;
    file(&mut layer, "etc/group", 0o644, b"root:x:0:\nnogroup:x:65534:\n")?;
    Ok(layer.into_inner()?)
}

fn file(archive: &mut Builder<impl Write>, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
    archive.append_data(&mut header(bytes.len() as u64, mode), name, bytes)?;
    Ok(())
}

fn header(size: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode);
    header
}

/// Puts a document among the blobs; answers how others refer to it.
fn kept(blobs: &mut Vec<Vec<u8>>, document: &Value, kind: &str) -> Result<Value> {
    let bytes = serde_json::to_vec(document)?;
    let described = described(&bytes, kind);
    blobs.push(bytes);
    Ok(described)
}

fn described(bytes: &[u8], kind: &str) -> Value {
    json!({"mediaType": format!("{MEDIA}.{kind}"), "digest": format!("sha256:{}", hex(bytes)), "size": bytes.len()})
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}
