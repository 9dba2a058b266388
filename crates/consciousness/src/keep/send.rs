//! A copy of each backup in an S3-compatible storage.
//!
//! Requests are signed by AWS Signature Version 4. What is larger than a part goes in parts, one after
//! the other, so that only one is held; each part is tried again when the storage does not answer.

use super::folder::{checksum_file, hexadecimal};
use crate::settings::Settings;
use anyhow::Context as _;
use jiff::Timestamp;
use outbound::{Allowed, Fault, Limits, Method, Outbound, Sent};
use ring::hmac;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

/// A part, and the largest file that goes in one.
const PART: usize = 8 * 1024 * 1024;
const LIMITS: Limits = Limits {
    time: Duration::from_secs(600),
    body: 1024 * 1024,
};
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_secs(2);

/// A storage, with the key for it.
pub(super) struct Storage {
    way: Outbound,
    /// Scheme, host and port.
    origin: String,
    host: String,
    /// The bucket and the folder in it, with slashes around.
    folder: String,
    signer: Signer,
}

struct Signer {
    region: String,
    access: String,
    secret: String,
}

impl Storage {
    /// What the settings name; `None` where they name none.
    pub(super) fn read(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let url = settings.text("BACKUP_S3_URL");
        if url.is_empty() {
            return Ok(None);
        }
        let wrong = "BACKUP_S3_URL: expected a server, a bucket and perhaps a folder, such as https://s3.example.com/my-bucket/house";
        let (scheme, rest) = url.split_once("://").context(wrong)?;
        let (host, folder) = rest.split_once('/').context(wrong)?;
        let folder = folder.trim_matches('/');
        anyhow::ensure!(
            !folder.is_empty() && !host.contains('@') && !folder.contains(['?', '#']),
            wrong
        );
        let signer = Signer {
            region: settings.text("BACKUP_S3_REGION").to_owned(),
            access: settings.text("BACKUP_S3_ACCESS_KEY").to_owned(),
            secret: settings.text("BACKUP_S3_SECRET_KEY").to_owned(),
        };
        anyhow::ensure!(
            !signer.access.is_empty() && !signer.secret.is_empty(),
            "BACKUP_S3_URL needs BACKUP_S3_ACCESS_KEY and BACKUP_S3_SECRET_KEY"
        );
        let named = outbound::host(url).context(wrong)?;
        let way = Outbound::outside([Allowed::named(named)])?.with_limits(LIMITS);
        Ok(Some(Self {
            way,
            origin: format!("{scheme}://{host}"),
            host: host.to_owned(),
            folder: format!("/{}/", encoded(folder, true)),
            signer,
        }))
    }

    /// Sends a set: the document, and then its checksum. Gives back where it is.
    pub(super) async fn send(&self, document: &Path) -> anyhow::Result<String> {
        for file in [document, &checksum_file(document)] {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let path = format!("{}{}", self.folder, encoded(&name, false));
            let size = std::fs::metadata(file)?.len();
            if size <= u64::try_from(PART).unwrap_or(u64::MAX) {
                let body = std::fs::read(file)?;
                self.ask(Method::Put, &path, "", body).await?;
            } else {
                self.in_parts(file, &path).await?;
            }
        }
        let name = document.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{}{}{name}", self.origin, self.folder))
    }

    async fn in_parts(&self, file: &Path, path: &str) -> anyhow::Result<()> {
        let begun = self.ask(Method::Post, path, "uploads=", Vec::new()).await?;
        let answer = String::from_utf8_lossy(&begun.answer.body).into_owned();
        let id = between(&answer, "<UploadId>", "</UploadId>")
            .context("the storage does not say how to send a large file")?;
        let id = encoded(id, false);
        let sent = self.parts(file, path, &id).await;
        if sent.is_err() {
            // What came of it already would be paid for.
            let query = format!("uploadId={id}");
            drop(self.once(Method::Delete, path, &query, &[]).await);
        }
        sent
    }

    async fn parts(&self, file: &Path, path: &str, id: &str) -> anyhow::Result<()> {
        let mut input = File::open(file)?;
        let mut list = String::from("<CompleteMultipartUpload>");
        for number in 1.. {
            let mut part = Vec::with_capacity(PART);
            let limit = u64::try_from(PART).unwrap_or(u64::MAX);
            input.by_ref().take(limit).read_to_end(&mut part)?;
            if part.is_empty() {
                break;
            }
            let query = format!("partNumber={number}&uploadId={id}");
            let sent = self.ask(Method::Put, path, &query, part).await?;
            let tag = sent.etag.context("the storage does not say what it got")?;
            let tag = tag.replace('&', "&amp;").replace('<', "&lt;");
            list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
        }
        list += "</CompleteMultipartUpload>";
        let query = format!("uploadId={id}");
        let ended = self
            .ask(Method::Post, path, &query, list.into_bytes())
            .await?;
        let answer = String::from_utf8_lossy(&ended.answer.body).into_owned();
        // It may say that it failed after it has begun to answer well.
        anyhow::ensure!(
            !answer.contains("<Error>"),
            "the storage could not put the parts together"
        );
        Ok(())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Sent> {
        for attempt in 1.. {
            match self.once(method, path, query, &body).await {
                Err(fault) if attempt < TRIES && may_pass(&fault) => {
                    tokio::time::sleep(PAUSE * attempt).await;
                }
                answer => return answer.map_err(told),
            }
        }
        anyhow::bail!("the storage was not asked")
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: &[u8],
    ) -> Result<Sent, Fault> {
        let hash = hexadecimal(&Sha256::digest(body));
        let at = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let headers = [
            ("host", self.host.as_str()),
            ("x-amz-content-sha256", hash.as_str()),
            ("x-amz-date", at.as_str()),
        ];
        let authorization = self
            .signer
            .sign(method.as_str(), path, query, &headers, &hash, &at);
        let url = match query {
            "" => format!("{}{path}", self.origin),
            query => format!("{}{path}?{query}", self.origin),
        };
        let sent_with = [headers[1], headers[2], ("authorization", &authorization)];
        self.way.send(method, &url, &sent_with, body.to_vec()).await
    }
}

/// What the storage's answers mean, for people.
fn told(fault: Fault) -> anyhow::Error {
    let hint = match &fault {
        Fault::Status { status: 403, .. } => {
            "; are BACKUP_S3_ACCESS_KEY, BACKUP_S3_SECRET_KEY and BACKUP_S3_REGION right, and may that key write there?"
        }
        Fault::Status { status: 404, .. } => "; is the bucket there?",
        _ => "",
    };
    anyhow::anyhow!("{fault}{hint}")
}

fn may_pass(fault: &Fault) -> bool {
    match fault {
        Fault::Status { status, .. } => matches!(status, 408 | 429 | 500..),
        Fault::Unreachable { .. } | Fault::TooSlow { .. } | Fault::Busy { .. } => true,
        _ => false,
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// Percent-encoding as the signature wants it; a path keeps its slashes.
fn encoded(text: &str, is_path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' if is_path => out.push('/'),
            other => out += &format!("%{other:02X}"),
        }
    }
    out
}

impl Signer {
    /// The header `Authorization`. Headers and parameters of the query come in their order.
    fn sign(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(&str, &str)],
        hash: &str,
        at: &str,
    ) -> String {
        let listed: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let request = format!("{method}\n{path}\n{query}\n{listed}\n{names}\n{hash}");
        let day = at.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let request = hexadecimal(&Sha256::digest(request.as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{request}");
        let first = format!("AWS4{}", self.secret);
        let mut key = first.into_bytes();
        for part in [day, &self.region, "s3", "aws4_request"] {
            key = keyed(&key, part);
        }
        let signature = hexadecimal(&keyed(&key, &to_sign));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}",
            self.access
        )
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::{Signer, encoded};

    /// The examples that Amazon publishes.
    #[test]
    fn requests_are_signed_as_published() {
        let signer = Signer {
            region: "us-east-1".into(),
            access: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        };
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let at = "20130524T000000Z";
        let host = ("host", "examplebucket.s3.amazonaws.com");
        let get = signer.sign(
            "GET",
            "/test.txt",
            "",
            &[
                host,
                ("range", "bytes=0-9"),
                ("x-amz-content-sha256", nothing),
                ("x-amz-date", at),
            ],
            nothing,
            at,
        );
        assert!(
            get.ends_with(
                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            "{get}"
        );
        let listed = signer.sign(
            "GET",
            "/",
            "max-keys=2&prefix=J",
            &[host, ("x-amz-content-sha256", nothing), ("x-amz-date", at)],
            nothing,
            at,
        );
        assert!(
            listed.ends_with(
                "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
            "{listed}"
        );
    }

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("a b/c+d~é", true), "a%20b/c%2Bd~%C3%A9");
        assert_eq!(encoded("a/b", false), "a%2Fb");
    }
}
