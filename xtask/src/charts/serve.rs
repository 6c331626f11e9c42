//! A tiny HTTP/1.1 server for the files of one flat directory, on loopback, for GET and HEAD only.
//! It knows ETag and If-None-Match; it serves no directories, no ranges, and nothing that is not a plain name.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

const LONGEST_HEAD: u64 = 16 * 1024;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct ChartServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl ChartServer {
    /// Serves `dir` on that port, or on a free one when it is 0 or taken.
    pub fn start(dir: &Path, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (dir, stopped) = (Arc::new(dir.to_owned()), stop.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let dir = dir.clone();
                std::thread::spawn(move || serve(stream, &dir));
            }
        });
        Ok(Self { address, stop })
    }

    /// The address that charts are fetched from, with a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for ChartServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The listener waits for one more connection before it looks at the flag.
        TcpStream::connect(self.address).ok();
    }
}

/// A request, as far as this server reads it.
struct Request {
    method: String,
    target: String,
    if_none_match: Option<String>,
    close: bool,
}

fn serve(stream: TcpStream, dir: &Path) {
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok();
    stream.set_nodelay(true).ok();
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let answered = answer(&request, dir, &mut writer);
        if answered.is_err() || request.close {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = reader.take(LONGEST_HEAD);
    let mut line = String::new();
    head.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target, version) = (words.next()?.to_owned(), words.next()?.to_owned(), words.next()?);
    let mut request = Request { method, target, if_none_match: None, close: version == "HTTP/1.0" };
    loop {
        let mut line = String::new();
        head.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            return Some(request);
        }
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "if-none-match" => request.if_none_match = Some(value.to_owned()),
            "connection" => request.close |= value.eq_ignore_ascii_case("close"),
            // A body would be read as the next request.
            "content-length" | "transfer-encoding" if value != "0" => request.close = true,
            _ => {}
        }
    }
}

fn answer(request: &Request, dir: &Path, out: &mut impl Write) -> std::io::Result<()> {
    if request.method != "GET" && request.method != "HEAD" {
        return respond(out, request, "405 Method Not Allowed", "Allow: GET, HEAD\r\n", b"only GET and HEAD\n");
    }
    let Some(bytes) = file(dir, &request.target).and_then(|path| fs::read(path).ok()) else {
        return respond(out, request, "404 Not Found", "", b"not found\n");
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let etag = format!("\"{:016x}\"", hasher.finish());
    let known = request.if_none_match.as_deref().is_some_and(|tags| tags == "*" || tags.contains(&etag));
    let kind = if request.target.contains(".yaml") { "application/yaml" } else { "application/gzip" };
    let headers = format!("ETag: {etag}\r\nCache-Control: no-cache\r\nContent-Type: {kind}\r\n");
    if known {
        return out.write_all(format!("HTTP/1.1 304 Not Modified\r\n{headers}\r\n").as_bytes());
    }
    respond(out, request, "200 OK", &headers, &bytes)
}

fn respond(out: &mut impl Write, request: &Request, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    out.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        out.write_all(body)?;
    }
    out.flush()
}

/// The file that a target names: one plain name of letters, digits, dots and dashes, and not a hidden one.
fn file(dir: &Path, target: &str) -> Option<PathBuf> {
    let name = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let fine = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
    fine.then(|| dir.join(name)).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("xtask-serve-{name}-{}", std::process::id()));
        fs::create_dir_all(dir.join("charts")).expect("a scratch directory");
        fs::write(dir.join("secret.txt"), "hidden").expect("a file outside");
        fs::write(dir.join("charts/index.yaml"), "entries: {}\n").expect("a file inside");
        dir
    }

    fn ask(server: &ChartServer, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    #[test]
    fn a_chart_server_gives_a_file_once_and_then_says_it_has_not_changed() {
        let dir = scratch("etag");
        let server = ChartServer::start(&dir.join("charts"), 0).expect("it starts");
        let first = ask(&server, "GET /index.yaml HTTP/1.1\r\nConnection: close\r\n\r\n");
        assert!(first.starts_with("HTTP/1.1 200 OK") && first.ends_with("entries: {}\n"), "{first}");
        let etag = first.lines().find_map(|line| line.strip_prefix("ETag: ")).expect("an ETag");
        let again = format!("GET /index.yaml HTTP/1.1\r\nIf-None-Match: {etag}\r\nConnection: close\r\n\r\n");
        assert!(ask(&server, &again).starts_with("HTTP/1.1 304 "));
        let head = ask(&server, "HEAD /index.yaml HTTP/1.1\r\nConnection: close\r\n\r\n");
        assert!(head.contains("Content-Length: 12") && head.ends_with("\r\n\r\n"), "{head}");
        fs::remove_dir_all(dir).ok();
    }

    #[test]
    fn a_chart_server_refuses_to_leave_its_directory_and_to_be_written_to() {
        let dir = scratch("paths");
        let server = ChartServer::start(&dir.join("charts"), 0).expect("it starts");
        for target in ["/../secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/charts/../../secret.txt", "/", "/."] {
            let answer = ask(&server, &format!("GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n"));
            assert!(answer.starts_with("HTTP/1.1 404 "), "{target}: {answer}");
        }
        let answer = ask(&server, "PUT /index.yaml HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        fs::remove_dir_all(dir).ok();
    }
}
