//! Colours: hue and saturation inside the house, and what lights speak instead.
//!
//! `xy` uses the wide-gamut matrices that bulbs and Home Assistant use, in both directions, so
//! that a colour that was sent comes back as the same one.

/// How a light speaks of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Hue in degrees and saturation in per cent.
    Hs,
    /// CIE 1931 coordinates.
    Xy,
    /// Red, green and blue to 255.
    Rgb,
}

/// Red, green and blue (0 to 1, the strongest 1) of a hue (°) and a saturation (%).
pub(super) fn hs_to_rgb(hue: f64, saturation: f64) -> [f64; 3] {
    let (hue, saturation) = (
        hue.rem_euclid(360.0) / 60.0,
        (saturation / 100.0).clamp(0.0, 1.0),
    );
    let channel = |n: f64| {
        let k = (n + hue) % 6.0;
        1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0)
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}

/// Hue (°) and saturation (%) of red, green and blue on any scale.
pub(super) fn rgb_to_hs([red, green, blue]: [f64; 3]) -> (f64, f64) {
    let max = red.max(green).max(blue);
    let span = max - red.min(green).min(blue);
    if max <= 0.0 || span <= 0.0 {
        return (0.0, 0.0);
    }
    let hue = if (max - red).abs() < f64::EPSILON {
        ((green - blue) / span).rem_euclid(6.0)
    } else if (max - green).abs() < f64::EPSILON {
        (blue - red) / span + 2.0
    } else {
        (red - green) / span + 4.0
    };
    (hue * 60.0, span / max * 100.0)
}

/// CIE coordinates of a hue and a saturation.
pub(super) fn hs_to_xy(hue: f64, saturation: f64) -> (f64, f64) {
    let linear = |channel: f64| {
        if channel > 0.040_45 {
            ((channel + 0.055) / 1.055).powf(2.4)
        } else {
            channel / 12.92
        }
    };
    let [red, green, blue] = hs_to_rgb(hue, saturation).map(linear);
    let x = red * 0.664_511 + green * 0.154_324 + blue * 0.162_028;
    let y = red * 0.283_881 + green * 0.668_433 + blue * 0.047_685;
    let z = red * 0.000_088 + green * 0.072_310 + blue * 0.986_039;
    let sum = x + y + z;
    if sum <= 0.0 {
        (0.323, 0.329)
    } else {
        (x / sum, y / sum)
    }
}

/// Hue and saturation of CIE coordinates; `None` where they cannot be any.
pub(super) fn xy_to_hs(x: f64, y: f64) -> Option<(f64, f64)> {
    if !(x.is_finite() && y.is_finite() && y > 0.0 && y <= 1.0 && (0.0..=1.0).contains(&x)) {
        return None;
    }
    let (big_x, big_y, big_z) = (x / y, 1.0, (1.0 - x - y) / y);
    let rgb = [
        big_x * 1.656_492 - big_y * 0.354_851 - big_z * 0.255_038,
        -big_x * 0.707_196 + big_y * 1.655_397 + big_z * 0.036_152,
        big_x * 0.051_713 - big_y * 0.121_364 + big_z * 1.011_530,
    ];
    let strongest = rgb.iter().copied().fold(f64::MIN, f64::max);
    if strongest <= 0.0 {
        return None;
    }
    let rgb = rgb.map(|channel| {
        let channel = (channel / strongest).max(0.0);
        if channel <= 0.003_130_8 {
            12.92 * channel
        } else {
            1.055 * channel.powf(1.0 / 2.4) - 0.055
        }
    });
    Some(rgb_to_hs(rgb))
}

#[cfg(test)]
mod tests {
    use super::{hs_to_rgb, hs_to_xy, rgb_to_hs, xy_to_hs};

    #[test]
    fn colours_come_back_as_they_went() {
        for hue in (0_u16..360).step_by(15) {
            for saturation in [5.0, 30.0, 60.0, 100.0] {
                let hue = f64::from(hue);
                let (x, y) = hs_to_xy(hue, saturation);
                let (back_hue, back_saturation) = xy_to_hs(x, y).expect("a colour");
                let turned = (back_hue - hue).rem_euclid(360.0);
                assert!(
                    turned.min(360.0 - turned) < 1.5 && (back_saturation - saturation).abs() < 1.5,
                    "{hue} {saturation}: {back_hue} {back_saturation}"
                );
                let (same, _) = rgb_to_hs(hs_to_rgb(hue, saturation));
                assert!((same - hue).abs() < 1e-6, "{hue}: {same}");
            }
        }
        assert_eq!(xy_to_hs(f64::NAN, 0.3), None);
        assert_eq!(xy_to_hs(0.3, 0.0), None);
    }
}
