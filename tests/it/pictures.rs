//! The renderer that draws the window's pictures draws right, and their comparison sees what a person would.

use std::{f32::consts::TAU, sync::Arc};

use eframe::{App, Frame};
use egui::{
    Align2, Color32, Context, FontData, FontDefinitions, FontFamily, FontId, Mesh, Painter, Rect, Shape, Theme, Ui,
    pos2, vec2,
};
use egui_kittest::{Harness, try_image_snapshot_options};
use image::RgbaImage;

use crate::support::{snapshot, soft_renderer::SoftRenderer};

const CJK: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-GB2312.otf");
const RADIUS: f32 = 30.0;
const EVERYWHERE: Rect = Rect { min: pos2(-500.0, -500.0), max: pos2(500.0, 500.0) };

struct Form {
    order: String,
    frozen: bool,
}

impl Form {
    fn new(ctx: &Context) -> Self {
        let mut fonts = FontDefinitions::default();
        fonts.font_data.insert("cjk".into(), Arc::new(FontData::from_static(CJK)));
        for family in [FontFamily::Proportional, FontFamily::Monospace] {
            fonts.families.entry(family).or_default().push("cjk".into());
        }
        ctx.set_fonts(fonts);
        Self { order: "CS26112402000001".into(), frozen: true }
    }
}

impl App for Form {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        egui::CentralPanel::default().show(ui, |ui| {
            ui.heading("云商店订单 Order");
            ui.separator();
            ui.horizontal(|ui| {
                let label = ui.label("订单号：");
                ui.text_edit_singleline(&mut self.order).labelled_by(label.id);
            });
            ui.checkbox(&mut self.frozen, "商品冻结（保留“数据”）");
            ui.monospace("instanceId 实例 3c1a7d00 → ●○▲▼✓⚠");
            ui.add(egui::ProgressBar::new(0.6).text("处理中…").desired_width(200.0));
            ui.horizontal(|ui| {
                let _ = ui.button("重试");
                ui.add_enabled_ui(false, |ui| ui.button("开通"));
                ui.colored_label(Color32::from_rgb(200, 40, 50), "退款：16:02 之前");
            });
        });
    }
}

#[test]
fn a_form_in_chinese_and_english() {
    for (name, theme, scale) in [("form-light", Theme::Light, 1.0), ("form-dark", Theme::Dark, 1.5)] {
        let mut harness = Harness::builder()
            .with_size([340.0, 200.0])
            .with_pixels_per_point(scale)
            .with_theme(theme)
            .with_options(snapshot::strict())
            .renderer(SoftRenderer::default())
            .build_eframe(|creation| Form::new(&creation.egui_ctx));
        harness.run_steps(3);
        harness.try_snapshot(name).unwrap();
    }
}

/// What the painter draws on black, 80 by 80 pixels.
fn drawn(draw: impl Fn(&Painter) + 'static) -> RgbaImage {
    let mut harness =
        Harness::builder().with_size([80.0, 80.0]).renderer(SoftRenderer::default()).build_ui(move |ui| {
            let painter = ui.ctx().debug_painter();
            painter.rect_filled(EVERYWHERE, 0.0, Color32::BLACK);
            draw(&painter);
        });
    harness.render().unwrap()
}

fn red_at(image: &RgbaImage, x: u32, y: u32) -> u8 {
    image.get_pixel(x, y).0[0]
}

#[test]
fn triangles_that_touch_leave_no_gap_and_draw_no_pixel_twice() {
    // The second one's edges run through the middles of pixels.
    for centre in [pos2(40.3, 37.7), pos2(40.5, 40.5)] {
        let image = drawn(move |painter| {
            let half = Color32::from_rgba_premultiplied(100, 100, 100, 100);
            let mut fan = Mesh::default();
            fan.colored_vertex(centre, half);
            for corner in 0..8 {
                let angle = TAU * corner as f32 / 8.0;
                fan.colored_vertex(centre + RADIUS * vec2(angle.cos(), angle.sin()), half);
                // Every other one turns the other way round.
                let (this, next) = (corner + 1, (corner + 1) % 8 + 1);
                if corner % 2 == 0 { fan.add_triangle(0, this, next) } else { fan.add_triangle(0, next, this) }
            }
            painter.add(Shape::mesh(fan));
        });
        let mut covered = 0;
        for (x, y, pixel) in image.enumerate_pixels() {
            assert!(matches!(pixel.0[0], 0 | 100), "{x} {y}: {pixel:?}");
            let distance = pos2(x as f32 + 0.5, y as f32 + 0.5).distance(centre);
            assert!(distance > 27.0 || pixel.0[0] == 100, "a gap at {x} {y}");
            assert!(distance <= RADIUS || pixel.0[0] == 0, "too much at {x} {y}");
            covered += u32::from(pixel.0[0] == 100);
        }
        let area = 4.0 * RADIUS * RADIUS * (TAU / 8.0).sin();
        assert!((covered as f32 - area).abs() < 25.0, "{covered} of {area}");
    }
}

#[test]
fn nothing_is_drawn_outside_the_clip() {
    let image = drawn(|painter| {
        let clip = Rect::from_min_max(pos2(10.0, 20.0), pos2(30.0, 25.0));
        painter.with_clip_rect(clip).rect_filled(EVERYWHERE, 0.0, Color32::WHITE);
    });
    for (x, y, pixel) in image.enumerate_pixels() {
        let inside = (10..30).contains(&x) && (20..25).contains(&y);
        assert_eq!(pixel.0, if inside { [255; 4] } else { [0, 0, 0, 255] }, "{x} {y}");
    }
}

#[test]
fn colours_run_evenly_between_the_corners() {
    let image = drawn(|painter| {
        let mut strip = Mesh::default();
        for (position, grey) in [((0.0, 0.0), 0), ((80.0, 0.0), 160), ((0.0, 80.0), 0), ((80.0, 80.0), 160)] {
            strip.colored_vertex(position.into(), Color32::from_gray(grey));
        }
        strip.add_triangle(0, 1, 2);
        strip.add_triangle(1, 2, 3);
        painter.add(Shape::mesh(strip));
    });
    for (x, y) in [(0, 0), (0, 79), (20, 40), (40, 5), (79, 0), (79, 79)] {
        assert!(red_at(&image, x, y).abs_diff((2 * x + 1) as u8) <= 1, "{x} {y}: {}", red_at(&image, x, y));
    }
}

#[test]
fn one_other_digit_is_seen() {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let options = snapshot::strict().output_path(dir.path());
    let picture = |text: &'static str| {
        drawn(move |painter| {
            painter.text(pos2(5.3, 40.0), Align2::LEFT_CENTER, text, FontId::proportional(11.5), Color32::GRAY);
        })
    };
    picture("16:02").save(dir.path().join("time.png")).unwrap();
    try_image_snapshot_options(&picture("16:02"), "time", &options).unwrap();
    for other in ["16:03", "16:08", "16.02", "16:0Z"] {
        try_image_snapshot_options(&picture(other), "time", &options).expect_err(other);
    }
}
