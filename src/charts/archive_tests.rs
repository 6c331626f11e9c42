//! Archives as Helm packages them, and as nobody should.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, Header};

use super::*;

/// The parts of an archive.
pub(in crate::charts) struct Packer(Builder<GzEncoder<Vec<u8>>>);

impl Packer {
    pub(in crate::charts) fn new() -> Self {
        Self(Builder::new(GzEncoder::new(Vec::new(), Compression::best())))
    }

    /// With a Chart.yaml of that name and version.
    pub(in crate::charts) fn chart(name: &str, version: &str) -> Self {
        Self::new().file("web/Chart.yaml", format!("apiVersion: v2\nname: {name}\nversion: {version}\n").as_bytes())
    }

    pub(in crate::charts) fn file(self, path: &str, content: &[u8]) -> Self {
        self.entry(path, EntryType::Regular, content)
    }

    fn entry(mut self, path: &str, kind: EntryType, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        // Set byte by byte: the crate itself refuses to write `..`.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    pub(in crate::charts) fn pack(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }

    fn look(self) -> Result<ChartDetails, String> {
        look(&self.pack())
    }
}

fn look(archive: &[u8]) -> Result<ChartDetails, String> {
    look_through(archive, archive.len() as u64, "web", "1.0.0")
}

fn refused(outcome: Result<ChartDetails, String>, why: &str) {
    let reason = outcome.expect_err("it was accepted");
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn a_proper_chart_shows_its_values_schema_and_readme() {
    let details = Packer::chart("web", "1.0.0")
        .entry("web/templates/", EntryType::Directory, b"")
        .file("web/values.yaml", b"# how many\nreplicas: 1\n")
        .file("web/values.schema.json", b"{\"type\":\"object\"}")
        .file("web/README.md", b"# Web")
        .file("web/charts/sub/values.yaml", b"other: 1\n")
        .look()
        .unwrap();
    assert_eq!(details.values, "# how many\nreplicas: 1\n");
    assert_eq!((details.schema.as_deref(), details.readme.as_deref()), (Some("{\"type\":\"object\"}"), Some("# Web")));
}

#[test]
fn another_name_or_version_than_asked_for_is_refused() {
    refused(Packer::chart("web", "1.0.1").look(), "another chart or version");
    refused(Packer::chart("other", "1.0.0").look(), "another chart or version");
    refused(Packer::new().file("web/values.yaml", b"").look(), "no Chart.yaml");
    refused(Packer::new().file("web/Chart.yaml", b": :\n- {").look(), "cannot be read");
}

#[test]
fn links_and_devices_are_refused() {
    for kind in [EntryType::Symlink, EntryType::Link] {
        refused(Packer::chart("web", "1.0.0").entry("web/Chart.lock", kind, b"").look(), "link");
    }
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        refused(Packer::chart("web", "1.0.0").entry("web/x", kind, b"").look(), "neither");
    }
}

#[test]
fn names_that_lead_out_of_the_chart_are_refused() {
    for path in ["../x", "web/../../x", "/etc/passwd", "web/..", "C:/x", "web\\..\\x", "web/a/../../../x"] {
        refused(Packer::chart("web", "1.0.0").file(path, b"x").look(), "leads out");
    }
    refused(Packer::chart("web", "1.0.0").file("loose", b"x").look(), "outside of the chart's directory");
}

#[test]
fn two_files_that_helm_would_take_for_one_are_refused() {
    let archive = Packer::chart("web", "1.0.0").file("other/Chart.yaml", b"name: evil\nversion: 1.0.0\n");
    refused(archive.look(), "same name");
}

#[test]
fn a_bomb_is_refused_long_before_its_end() {
    let zeros = vec![0; 4 << 20];
    let mut archive = Packer::chart("web", "1.0.0");
    for n in 0..100 {
        archive = archive.file(&format!("web/files/{n}"), &zeros);
    }
    refused(archive.look(), "unpacks to more than it may");
}

#[test]
fn a_small_chart_that_compresses_well_is_no_bomb() {
    Packer::chart("web", "1.0.0").file("web/files/white", &vec![b' '; 900_000]).look().unwrap();
}

#[test]
fn a_file_above_five_mebibytes_is_refused() {
    let noise: Vec<u8> = (0u32..).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).take((5 << 20) + 1).collect();
    refused(Packer::chart("web", "1.0.0").file("web/files/big", &noise).look(), "larger than 5 MiB");
}

#[test]
fn more_than_ten_thousand_entries_are_refused() {
    let mut archive = Packer::chart("web", "1.0.0");
    for n in 0..10_000 {
        archive = archive.entry(&format!("web/{n}/"), EntryType::Directory, b"");
    }
    // Directories of nothing compress so well that it is a bomb first, unless the archive is said to be larger.
    let bytes = archive.pack();
    refused(look_through(bytes.as_slice(), 10 << 20, "web", "1.0.0"), "10,000");
}

#[test]
fn schemas_that_refer_elsewhere_are_refused_in_subcharts_too_packed_or_not() {
    let bad = br#"{"$ref":"file:///etc/passwd"}"#;
    refused(Packer::chart("web", "1.0.0").file("web/values.schema.json", bad).look(), "refers to a file");
    refused(Packer::chart("web", "1.0.0").file("web/charts/sub/values.schema.json", bad).look(), "refers to a file");
    let sub = Packer::new().file("sub/values.schema.json", bad).pack();
    refused(Packer::chart("web", "1.0.0").file("web/charts/sub-1.0.0.tgz", &sub).look(), "refers to a file");
}

#[test]
fn archives_in_archives_share_the_limits_and_do_not_go_on_for_ever() {
    let mut inner = Packer::new().file("x/y", b"").pack();
    for _ in 0..6 {
        inner = Packer::new().file("x/charts/x.tgz", &inner).pack();
    }
    refused(Packer::chart("web", "1.0.0").file("web/charts/x.tgz", &inner).look(), "archives in archives");
    let bomb = Packer::new().file("x/y", &vec![0; 4 << 20]).pack();
    let mut archive = Packer::chart("web", "1.0.0");
    for n in 0..50 {
        archive = archive.file(&format!("web/charts/{n}.tgz"), &bomb);
    }
    refused(archive.look(), "unpacks to more than it may");
}

#[test]
fn what_is_no_archive_is_refused() {
    refused(look(b"<html>"), "not a gzipped tar");
    refused(look(b""), "not a gzipped tar");
    let whole = Packer::chart("web", "1.0.0").file("web/values.yaml", &[7; 3_000]).pack();
    assert!(look(&whole[..whole.len() / 2]).is_err());
    let mut plain = GzEncoder::new(Vec::new(), Compression::fast());
    plain.write_all(&[b'x'; 2_000]).unwrap();
    refused(look(&plain.finish().unwrap()), "not a gzipped tar");
}

#[test]
fn what_a_second_gzip_stream_adds_is_looked_through_as_well() {
    // The first stream ends within the tar; Helm goes on reading in the second, and so must we.
    let tar = {
        let gz = Packer::chart("web", "1.0.0").entry("web/x", EntryType::Symlink, b"").pack();
        let mut tar = Vec::new();
        MultiGzDecoder::new(gz.as_slice()).read_to_end(&mut tar).unwrap();
        tar
    };
    let mut both = Vec::new();
    for half in [&tar[..1024], &tar[1024..]] {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(half).unwrap();
        both.extend(gz.finish().unwrap());
    }
    refused(look(&both), "link");
}
