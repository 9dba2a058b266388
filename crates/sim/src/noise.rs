//! Chance without a state: the same seed, stream and moment always give the same number.
//!
//! The weather and the plans of people derive from this, so that they do not depend on how the
//! clock was stepped. SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number
//! generators*, OOPSLA 2014) mixes the bits.

/// Mixes a number into one that looks random.
const fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A number of `0.0..1.0` that belongs to a seed, a stream and an index.
pub(crate) fn unit(seed: u64, stream: u64, index: i64) -> f64 {
    let bits = mix(mix(seed ^ mix(stream)) ^ index.cast_unsigned());
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number of about `-1.0..1.0` that changes smoothly, one knot in every unit of `at`.
pub(crate) fn smooth(seed: u64, stream: u64, at: f64) -> f64 {
    let knot = at.floor();
    let share = at - knot;
    let ease = share * share * (3.0 - 2.0 * share);
    let value = |index: f64| 2.0 * unit(seed, stream, index as i64) - 1.0;
    value(knot) * (1.0 - ease) + value(knot + 1.0) * ease
}

/// The stream of a name, so that a person keeps their chance when another moves in.
pub(crate) fn stream(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
