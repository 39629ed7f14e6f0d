//! Fonts, colours and spacing: the one place where a raw colour may stand. Colours are asked for by what they mean.

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, TextStyle, Theme,
    ThemePreference, Visuals, vec2,
};

/// Made by the command in `assets/fonts/README.md`.
const CJK: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-GB2312.otf");

pub const ROW_HEIGHT: f32 = 26.0;
pub const HEADER_HEIGHT: f32 = 28.0;

/// What colours mean.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub good: Color32,
    pub bad: Color32,
    pub warn: Color32,
    pub busy: Color32,
    pub muted: Color32,
    pub accent: Color32,
    pub on_accent: Color32,
    pub stripe: Color32,
    pub selected: Color32,
    pub card: Color32,
    pub line: Color32,
}

const LIGHT: Palette = Palette {
    good: Color32::from_rgb(22, 120, 70),
    bad: Color32::from_rgb(190, 30, 45),
    warn: Color32::from_rgb(150, 90, 0),
    busy: Color32::from_rgb(30, 95, 175),
    muted: Color32::from_rgb(95, 100, 110),
    accent: Color32::from_rgb(199, 0, 11),
    on_accent: Color32::WHITE,
    stripe: Color32::from_rgb(246, 247, 249),
    selected: Color32::from_rgb(222, 234, 250),
    card: Color32::from_rgb(247, 248, 250),
    line: Color32::from_rgb(222, 225, 230),
};

const DARK: Palette = Palette {
    good: Color32::from_rgb(95, 200, 140),
    bad: Color32::from_rgb(255, 120, 120),
    warn: Color32::from_rgb(240, 180, 80),
    busy: Color32::from_rgb(120, 180, 250),
    muted: Color32::from_rgb(160, 165, 175),
    accent: Color32::from_rgb(205, 40, 50),
    on_accent: Color32::WHITE,
    stripe: Color32::from_rgb(33, 35, 39),
    selected: Color32::from_rgb(38, 58, 86),
    card: Color32::from_rgb(36, 38, 43),
    line: Color32::from_rgb(60, 63, 70),
};

impl Palette {
    pub const fn of(visuals: &Visuals) -> Self {
        if visuals.dark_mode { DARK } else { LIGHT }
    }
}

/// The setting `light`, `dark` or `system`.
pub fn preference(setting: &str) -> ThemePreference {
    match setting {
        "light" => ThemePreference::Light,
        "dark" => ThemePreference::Dark,
        _ => ThemePreference::System,
    }
}

/// Fonts and styles of both themes.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| {
            style.spacing.item_spacing = vec2(8.0, 6.0);
            style.spacing.button_padding = vec2(10.0, 4.0);
            style.spacing.interact_size.y = 24.0;
            style.text_styles = [
                (TextStyle::Small, FontId::proportional(11.5)),
                (TextStyle::Body, FontId::proportional(13.5)),
                (TextStyle::Button, FontId::proportional(13.5)),
                (TextStyle::Heading, FontId::proportional(19.0)),
                (TextStyle::Monospace, FontId::monospace(12.5)),
            ]
            .into();
            let palette = if theme == Theme::Dark { DARK } else { LIGHT };
            let visuals = &mut style.visuals;
            let radius = CornerRadius::same(5);
            for widget in [
                &mut visuals.widgets.inactive,
                &mut visuals.widgets.hovered,
                &mut visuals.widgets.active,
                &mut visuals.widgets.open,
                &mut visuals.widgets.noninteractive,
            ] {
                widget.corner_radius = radius;
            }
            visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
            visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, palette.line);
            visuals.selection.bg_fill = palette.selected;
            visuals.selection.stroke = Stroke::new(1.0, palette.busy);
            visuals.hyperlink_color = palette.busy;
            visuals.error_fg_color = palette.bad;
            visuals.warn_fg_color = palette.warn;
            if theme == Theme::Light {
                visuals.override_text_color = Some(Color32::from_rgb(28, 30, 34));
                visuals.widgets.inactive.weak_bg_fill = Color32::from_rgb(233, 236, 240);
                visuals.panel_fill = Color32::from_rgb(252, 252, 253);
            } else {
                visuals.override_text_color = Some(Color32::from_rgb(222, 225, 230));
            }
        });
    }
}

/// Latin stays egui's own; Chinese comes last, so that it only fills what is missing.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert("cjk".into(), Arc::new(FontData::from_static(CJK)));
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts.families.entry(family).or_default().push("cjk".into());
    }
    fonts
}
