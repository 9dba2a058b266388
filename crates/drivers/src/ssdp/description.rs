//! The description of a UPnP device: XML of which little is wanted and nothing is trusted.
//!
//! No entity is expanded but the five of XML and single characters; a document may be so deep and so
//! long, and each text is cut.

use quick_xml::{Reader, events::Event};

/// How deep elements may lie.
const DEPTH: usize = 16;
/// How many pieces a document may have.
const PIECES: usize = 20_000;
/// The longest text that is kept.
const TEXT: usize = 256;
/// Services and parts that are kept.
const LISTED: usize = 64;

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Description {
    /// Its name, without `uuid:`, in lower case.
    pub(super) uuid: String,
    pub(super) device_type: Option<String>,
    pub(super) friendly_name: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) model_name: Option<String>,
    pub(super) model_number: Option<String>,
    pub(super) model_description: Option<String>,
    pub(super) serial_number: Option<String>,
    pub(super) presentation: Option<String>,
    /// The types of its services and of its parts'.
    pub(super) services: Vec<String>,
    /// The types of its parts.
    pub(super) parts: Vec<String>,
}

/// Reads a description.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn read(bytes: &[u8]) -> Result<Description, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    let mut found = Description::default();
    let mut path: Vec<String> = Vec::new();
    let mut words = String::new();
    for _ in 0..PIECES {
        match reader
            .read_event()
            .map_err(|error| format!("it is no XML: {error}"))?
        {
            Event::Start(element) => {
                if path.len() == DEPTH {
                    return Err(format!("its elements lie more than {DEPTH} deep"));
                }
                path.push(element.local_name().as_ref().chars().take(64).collect());
                words.clear();
            }
            Event::End(_) => {
                found.take(&path, words.trim());
                words.clear();
                path.pop();
            }
            Event::Text(piece) => push(&mut words, &piece.xml10_content()),
            Event::CData(piece) => push(&mut words, &piece.into_inner()),
            Event::GeneralRef(reference) => {
                let meant = match reference.as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    // Whatever the document defines is not looked up.
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                let mut buffer = [0; 4];
                push(&mut words, meant.map_or("", |c| c.encode_utf8(&mut buffer)));
            }
            Event::Eof => {
                if found.uuid.is_empty() {
                    return Err("it names no device (UDN)".to_owned());
                }
                return Ok(found);
            }
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
    Err(format!("it has more than {PIECES} pieces"))
}

fn push(words: &mut String, more: &str) {
    let room = (TEXT * 2).saturating_sub(words.len());
    words.extend(more.chars().filter(|c| *c != '\u{0}').take(room));
}

impl Description {
    /// Takes an element's text, where it is one that is wanted.
    fn take(&mut self, path: &[String], text: &str) {
        let words: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(TEXT)
            .collect();
        if words.is_empty() {
            return;
        }
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        if let ["root", "device", field] = path[..] {
            let place = match field {
                "UDN" => {
                    if self.uuid.is_empty() {
                        let plain = words.to_lowercase();
                        self.uuid = plain.strip_prefix("uuid:").unwrap_or(&plain).to_owned();
                        self.uuid.retain(|c| c.is_ascii_graphic());
                        self.uuid.truncate(128);
                    }
                    return;
                }
                "deviceType" => &mut self.device_type,
                "friendlyName" => &mut self.friendly_name,
                "manufacturer" => &mut self.manufacturer,
                "modelName" => &mut self.model_name,
                "modelNumber" => &mut self.model_number,
                "modelDescription" => &mut self.model_description,
                "serialNumber" => &mut self.serial_number,
                "presentationURL" => &mut self.presentation,
                _ => return,
            };
            if place.is_none() {
                *place = Some(words);
            }
            return;
        }
        let list = match path[..] {
            ["root", "device", .., "service", "serviceType"] => &mut self.services,
            ["root", "device", .., "device", "deviceType"] => &mut self.parts,
            _ => return,
        };
        if list.len() < LISTED && !list.contains(&words) {
            list.push(words);
        }
    }
}
