//! BTHome v2: the service data of an advert, read. Pure: bytes in, values out.

use super::objects::{About, COMMANDS, Encoding, Object, PRESSES, TURNS, object};
use crate::hardware::plain;
use std::fmt;

/// The UUID under which BTHome devices advertise.
pub(super) const SERVICE: &str = "0000fcd2-0000-1000-8000-00805f9b34fb";

/// The longest service data: that of an extended advert.
const LONGEST: usize = 254;

/// The longest text of an object that is kept.
const TEXT: usize = 128;

/// What an advert says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packet {
    /// Whether it can only be read with the device's key.
    pub(super) encrypted: bool,
    /// Whether the device only speaks when something happens.
    pub(super) on_trigger: bool,
    /// Its number, another for each packet.
    pub(super) number: Option<u8>,
    /// The maker's number of the model.
    pub(super) model: Option<u16>,
    /// The firmware's version.
    pub(super) firmware: Option<String>,
    /// What it says, in its order.
    pub(super) said: Vec<Said>,
    /// Why what follows could not be read.
    pub(super) fault: Option<String>,
}

/// One object of a packet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) object: &'static Object,
    pub(super) value: Value,
}

/// What an object can say.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Truth(bool),
    Text(String),
    /// Something happened; `None` where the device only says that nothing did.
    Event(Option<&'static str>),
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// Reads service data. What follows an unknown object cannot be read, for its length is unknown.
pub(super) fn read(data: &[u8]) -> Result<Packet, String> {
    const ENCRYPTED: u8 = 0x01;
    const ADDRESS: u8 = 0x02;
    const TRIGGER: u8 = 0x04;
    let (&info, mut rest) = data.split_first().ok_or("it is empty")?;
    let version = info >> 5;
    if version != 2 {
        return Err(format!("it is of version {version} of BTHome; expected 2"));
    }
    if data.len() > LONGEST {
        return Err("it is longer than an advert may be".to_owned());
    }
    let mut packet = Packet {
        encrypted: info & ENCRYPTED != 0,
        on_trigger: info & TRIGGER != 0,
        number: None,
        model: None,
        firmware: None,
        said: Vec::new(),
        fault: None,
    };
    if packet.encrypted {
        return Ok(packet);
    }
    if info & ADDRESS != 0 {
        // The sender's address, which the advert has anyway.
        rest = rest.get(6..).ok_or("it ends within its address")?;
    }
    while let Some((&id, tail)) = rest.split_first() {
        let Some(object) = object(id) else {
            packet.fault = Some(format!("it has an object {id:#04x}, which is not known"));
            break;
        };
        let Some((value, tail)) = split(object.encoding, tail) else {
            packet.fault = Some(format!("it ends within its object {id:#04x}"));
            break;
        };
        rest = tail;
        packet.take(object, value);
    }
    Ok(packet)
}

/// An object's bytes, and what follows.
fn split(encoding: Encoding, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match encoding.length() {
        Some(length) => bytes.split_at_checked(length),
        None => {
            let (&length, rest) = bytes.split_first()?;
            let length = match encoding {
                // The operation comes first and is not counted.
                Encoding::Command => usize::from(length & 0x1f) + 1,
                _ => length.into(),
            };
            rest.split_at_checked(length)
        }
    }
}

impl Packet {
    fn take(&mut self, object: &'static Object, bytes: &[u8]) {
        let first = bytes.first().copied().unwrap_or_default();
        let event = |words: &[(u8, &'static str)]| {
            let known = words.iter().find(|(code, _)| *code == first);
            Value::Event(known.map(|(_, word)| *word))
        };
        let value = match object.encoding {
            Encoding::Unsigned(_, factor) => Value::Number(scaled(unsigned(bytes).into(), factor)),
            Encoding::Signed(_, factor) => Value::Number(scaled(signed(bytes).into(), factor)),
            Encoding::Truth => match first {
                0 => Value::Truth(false),
                1 => Value::Truth(true),
                _ => {
                    let fault = format!("its object {:#04x} is neither 0 nor 1", object.id);
                    self.fault.get_or_insert(fault);
                    return;
                }
            },
            Encoding::Button => event(PRESSES),
            Encoding::Dimmer => event(TURNS),
            Encoding::Command => event(COMMANDS),
            Encoding::Text => {
                let text = plain(&String::from_utf8_lossy(bytes), TEXT);
                Value::Text(text.unwrap_or_default())
            }
            Encoding::Raw => Value::Text(Hexadecimal(bytes).to_string()),
            Encoding::Time => match jiff::Timestamp::from_second(unsigned(bytes).into()) {
                Ok(time) => Value::Text(time.to_string()),
                Err(_) => return,
            },
            Encoding::About(About::Packet) => return self.number = Some(first),
            Encoding::About(About::Model) => {
                return self.model = bytes.try_into().ok().map(u16::from_le_bytes);
            }
            Encoding::About(About::Firmware(_)) => {
                let parts: Vec<String> = bytes.iter().rev().map(u8::to_string).collect();
                return self.firmware = Some(parts.join("."));
            }
        };
        self.said.push(Said { object, value });
    }
}

/// At most four bytes without a sign.
fn unsigned(bytes: &[u8]) -> u32 {
    let mut all = [0; 4];
    all.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    u32::from_le_bytes(all)
}

/// At most four bytes with a sign.
fn signed(bytes: &[u8]) -> i32 {
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 4];
    all.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    i32::from_le_bytes(all)
}

/// A number times its factor, without what binary fractions leave behind.
fn scaled(number: f64, factor: f64) -> f64 {
    (number * factor * 1e6).round() / 1e6
}

struct Hexadecimal<'a>(&'a [u8]);

impl fmt::Display for Hexadecimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, read};
    use crate::bluetooth::objects::{Encoding, OBJECTS};
    use proptest::prelude::*;

    fn said(hex: &str) -> Vec<String> {
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
            .collect();
        let packet = read(&bytes).expect("a packet");
        packet
            .said
            .iter()
            .map(|said| {
                let value = match &said.value {
                    Value::Number(number) => number.to_string(),
                    Value::Truth(truth) => truth.to_string(),
                    Value::Text(text) => format!("{text:?}"),
                    Value::Event(event) => event.unwrap_or("nothing").to_owned(),
                };
                format!("{:02x}={value}", said.object.id)
            })
            .chain(packet.fault)
            .collect()
    }

    /// The examples of the format's own page, and what devices do with it.
    #[test]
    fn examples_are_read() {
        for (hex, expected) in [
            ("4002ca0903bf13", &["02=25.06", "03=50.55"][..]),
            ("400161", &["01=97"]),
            ("4008ca06", &["08=17.38"]),
            ("40130301", &["13=259"]),
            ("4004138a01", &["04=1008.83"]),
            ("4005138a14", &["05=13460.67"]),
            ("400a138a14", &["0a=1346.067"]),
            ("400b021b00", &["0b=69.14"]),
            ("400c020c", &["0c=3.074"]),
            ("40065e1f", &["06=80.3"]),
            ("403f020c", &["3f=307.4"]),
            ("40450111", &["45=435.3"]),
            ("404d12138a14", &["4d=344593.17"]),
            (
                "4050 5d396164".replace(' ', "").as_str(),
                &["50=\"2023-05-14T19:41:17Z\""],
            ),
            ("40530c48656c6c6f20576f726c6421", &["53=\"Hello World!\""]),
            (
                "40540c48656c6c6f20576f726c6421",
                &["54=\"48656c6c6f20576f726c6421\""],
            ),
            ("4057ea", &["57=-22"]),
            ("4058ea", &["58=-7.7"]),
            ("405c02fbffff", &["5c=-12.78"]),
            ("405d02ea", &["5d=-5.63"]),
            ("403a003a01", &["3a=nothing", "3a=press"]),
            ("403c0203", &["3c=rotate_right"]),
            ("403b0002", &["3b=toggle"]),
            ("4421011a00", &["21=true", "1a=false"]),
            (
                "4002ca09fe",
                &["02=25.06", "it has an object 0xfe, which is not known"],
            ),
            ("4002ca", &["it ends within its object 0x02"]),
            ("402102", &["its object 0x21 is neither 0 nor 1"]),
            ("40", &[]),
        ] {
            assert_eq!(said(hex), expected, "{hex}");
        }
    }

    #[test]
    fn flags_and_what_is_about_the_device_are_read() {
        let packet = read(&[0x44, 0x00, 9, 0xf0, 1, 2, 0xf1, 0, 1, 2, 4]).expect("a packet");
        assert_eq!((packet.number, packet.model), (Some(9), Some(0x0201)));
        assert_eq!(packet.firmware.as_deref(), Some("4.2.1.0"));
        assert!(packet.on_trigger && packet.said.is_empty());
        let secret = read(&[0x41, 1, 2, 3, 4, 5, 6, 7, 8]).expect("a packet");
        assert!(secret.encrypted && secret.said.is_empty());
        // The address in front is passed over.
        let packet = read(&[0x42, 1, 2, 3, 4, 5, 6, 0x01, 50]).expect("a packet");
        assert_eq!(packet.said.len(), 1);
        for broken in [&[][..], &[0x20, 1, 2], &[0x42, 1, 2], &[0x40; 255]] {
            assert!(read(broken).is_err(), "{broken:?}");
        }
    }

    proptest! {
        /// What is written as the table says is read back, whatever the number.
        #[test]
        fn numbers_come_back(at in 0..OBJECTS.len(), raw: u32) {
            let object = &OBJECTS[at];
            let (length, factor, signed) = match object.encoding {
                Encoding::Unsigned(length, factor) => (length, factor, false),
                Encoding::Signed(length, factor) => (length, factor, true),
                _ => return Ok(()),
            };
            let mut data = vec![0x40, object.id];
            data.extend(&raw.to_le_bytes()[..length]);
            let packet = read(&data).expect("a packet");
            let unused = 32 - 8 * u32::try_from(length).expect("short");
            let number = if signed {
                f64::from((raw << unused).cast_signed() >> unused)
            } else {
                f64::from((raw << unused) >> unused)
            };
            let Value::Number(read) = packet.said[0].value else { panic!("no number") };
            prop_assert!((read - number * factor).abs() < 1e-5);
            prop_assert_eq!(packet.fault, None);
        }

        /// Whatever comes is read to its end, or the reason why not is said.
        #[test]
        fn anything_is_survived(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(packet) = read(&data) {
                prop_assert!(packet.said.len() <= data.len());
            }
        }
    }
}
