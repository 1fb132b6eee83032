//! The colours, each in a light and a dark version, as variables of a style sheet.
//!
//! Pictures and pages name colours only by these variables. Pairs of text and ground keep the contrast of
//! 4.5 to 1 that WCAG 2.1 asks of text; the tests of this file hold them to it.

use crate::tenancy::Theme;

/// A named colour in both versions, as 0xRRGGBB.
struct Colour {
    name: &'static str,
    light: u32,
    dark: u32,
}

const fn colour(name: &'static str, light: u32, dark: u32) -> Colour {
    Colour { name, light, dark }
}

const COLOURS: [Colour; 14] = [
    colour("paper", 0xFDFCF9, 0x14181C),
    colour("panel", 0xF4F1E9, 0x1C2228),
    colour("ink", 0x1B2024, 0xE9E6E0),
    colour("muted", 0x5A626B, 0xA3ABB3),
    colour("rule", 0xD8D3C7, 0x384049),
    colour("band", 0xF6E8CF, 0x3A3122),
    colour("faint", 0xE9E5DB, 0x272E35),
    colour("accent", 0x14506B, 0x86BDD6),
    colour("soft", 0x93B6C6, 0x3F6A80),
    colour("pale", 0xCFCBBF, 0x47505A),
    colour("mark", 0x9A5200, 0xE8AC5B),
    colour("loss", 0xA23A2E, 0xE88F82),
    colour("gain", 0x14506B, 0x86BDD6),
    colour("hatch", 0xB9B3A5, 0x545E68),
];

/// Steps of the heat map from far below the pivot to far above it.
pub(crate) const HEAT_STEPS: usize = 9;
const HEAT: [Colour; HEAT_STEPS] = [
    colour("heat-0", 0xB4503F, 0xD98A7C),
    colour("heat-1", 0xD98B7B, 0x9C4F44),
    colour("heat-2", 0xEBB8AC, 0x6E3A34),
    colour("heat-3", 0xF6DFD8, 0x472D2B),
    colour("heat-4", 0xF1EEE6, 0x262D34),
    colour("heat-5", 0xD9E7EC, 0x243C47),
    colour("heat-6", 0xAECDD9, 0x2B566A),
    colour("heat-7", 0x74A9BD, 0x3F7791),
    colour("heat-8", 0x2A6983, 0x86BDD6),
];

const NEAR_BLACK: u32 = 0x14181C;
const WHITE: u32 = 0xFFFFFF;

/// The variables of both versions: light, and dark on a screen where the theme or the reader prefers it.
/// On paper a page is light.
pub(crate) fn variables(theme: Theme) -> String {
    let side = |pick: fn(&Colour) -> u32| {
        let plain = COLOURS.iter().map(|colour| format!("--vx-{}:#{:06x};", colour.name, pick(colour)));
        let heat = HEAT.iter().map(|colour| {
            let ground = pick(colour);
            format!("--vx-{}:#{ground:06x};--vx-on-{}:#{:06x};", colour.name, colour.name, text_on(ground))
        });
        plain.chain(heat).collect::<String>()
    };
    let (scheme, dark) = match theme {
        Theme::Light => return format!(":root{{color-scheme:light;{}}}", side(|colour| colour.light)),
        Theme::Dark => ("dark", "screen"),
        Theme::System => ("light dark", "screen and (prefers-color-scheme:dark)"),
    };
    format!(
        ":root{{color-scheme:{scheme};{}}}@media {dark}{{:root{{{}}}}}",
        side(|colour| colour.light),
        side(|colour| colour.dark)
    )
}

/// Black or white, whichever reads better on `ground`.
fn text_on(ground: u32) -> u32 {
    if contrast(NEAR_BLACK, ground) >= contrast(WHITE, ground) { NEAR_BLACK } else { WHITE }
}

/// Contrast ratio by WCAG 2.1: (L1 + 0.05) / (L2 + 0.05) of the relative luminances, lighter first.
fn contrast(a: u32, b: u32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xFF) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> &'static Colour {
        COLOURS.iter().find(|colour| colour.name == name).unwrap()
    }

    #[test]
    fn text_is_readable_on_its_ground_in_both_versions() {
        for text in ["ink", "muted", "accent", "mark", "loss", "gain"] {
            for ground in ["paper", "panel", "band"] {
                let (text, ground) = (named(text), named(ground));
                for (a, b) in [(text.light, ground.light), (text.dark, ground.dark)] {
                    assert!(contrast(a, b) >= 4.5, "{} on {}: {:.2}", text.name, ground.name, contrast(a, b));
                }
            }
        }
        for step in &HEAT {
            for ground in [step.light, step.dark] {
                assert!(contrast(text_on(ground), ground) >= 4.5, "{}: {ground:06x}", step.name);
            }
        }
    }

    #[test]
    fn shapes_stand_out_from_the_paper() {
        for shape in ["accent", "mark", "loss"] {
            let (shape, paper) = (named(shape), named("paper"));
            assert!(contrast(shape.light, paper.light) >= 3.0 && contrast(shape.dark, paper.dark) >= 3.0);
        }
    }
}
