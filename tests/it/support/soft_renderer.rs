//! Draws egui's meshes on the CPU, so that pictures of the window need no display, no driver, and are the same everywhere.
//! Knows no paint call-backs: the window uses none.

use std::{cmp::Ordering, collections::HashMap, ops::Range};

use egui::{
    Color32, ColorImage, Context, FullOutput, ImageData, Pos2, Rect, TextureId, TexturesDelta,
    epaint::{Primitive, Vertex},
};
use egui_kittest::TestRenderer;
use image::RgbaImage;

#[derive(Default)]
pub struct SoftRenderer {
    textures: HashMap<TextureId, ColorImage>,
}

impl TestRenderer for SoftRenderer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for part in images {
                let ImageData::Color(image) = part.image;
                match part.pos {
                    None => drop(self.textures.insert(id, (*image).clone())),
                    Some([left, top]) => {
                        let whole = self.textures.get_mut(&id).unwrap();
                        let width = image.width();
                        for (row, pixels) in image.pixels.chunks_exact(width).enumerate() {
                            let begin = (top + row) * whole.width() + left;
                            whole.pixels[begin..begin + width].copy_from_slice(pixels);
                        }
                    }
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let mut canvas = Canvas::new(size.x.round() as usize, size.y.round() as usize);
        for primitive in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = &primitive.primitive else { continue };
            let Some(texture) = self.textures.get(&mesh.texture_id) else { continue };
            let clip = canvas.clip(primitive.clip_rect, scale);
            for corners in mesh.indices.chunks_exact(3) {
                let triangle = [corners[0], corners[1], corners[2]].map(|index| mesh.vertices[index as usize]);
                canvas.fill(&triangle, texture, &clip, scale);
            }
        }
        Ok(canvas.into_image())
    }
}

/// Pixels inside which something may be drawn.
struct Clip {
    columns: Range<usize>,
    rows: Range<usize>,
}

/// Colours with premultiplied alpha, each part from 0 to 255, blended in gamma space as egui's own shaders do.
type Colour = [f32; 4];

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Color32>,
}

/// A position on a grid of 1/256 of a pixel, as graphics cards have it: neighbouring triangles then share no pixel.
#[derive(Clone, Copy, PartialEq)]
struct Point {
    x: i64,
    y: i64,
}

const SUB: i64 = 256;

impl Point {
    fn of(pos: Pos2, scale: f32) -> Self {
        let fixed = |value: f32| (value * scale * SUB as f32).round() as i64;
        Self { x: fixed(pos.x), y: fixed(pos.y) }
    }

    fn of_pixel(column: usize, row: usize) -> Self {
        Self { x: column as i64 * SUB + SUB / 2, y: row as i64 * SUB + SUB / 2 }
    }
}

/// Twice the area of the triangle; negative where it turns the other way.
fn area(a: Point, b: Point, c: Point) -> i64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// One side of a triangle. A pixel's share of it is positive towards the third corner.
struct Side {
    from: Point,
    to: Point,
}

impl Side {
    fn share(&self, pixel: Point) -> i64 {
        area(self.from, self.to, pixel)
    }

    /// Pixels exactly on a side belong to the triangle for which it is a top or left one.
    fn owns_its_pixels(&self) -> bool {
        (self.from.y == self.to.y && self.to.x > self.from.x) || self.to.y < self.from.y
    }

    /// Those of the row's columns that lie towards the third corner. The share changes evenly along a row, so where it
    /// becomes too small is reckoned, not searched: tests run unoptimised.
    fn inner(&self, row: usize, columns: Range<usize>) -> Range<usize> {
        let first = self.share(Point::of_pixel(0, row));
        let growth = self.share(Point::of_pixel(1, row)) - first;
        let missing = i64::from(!self.owns_its_pixels()) - first;
        let column = |value: i64| usize::try_from(value).unwrap_or(0);
        match growth.cmp(&0) {
            Ordering::Greater => columns.start.max(column(-(-missing).div_euclid(growth)))..columns.end,
            Ordering::Less => columns.start..columns.end.min(column((-missing).div_euclid(-growth) + 1)),
            Ordering::Equal if missing <= 0 => columns,
            Ordering::Equal => 0..0,
        }
    }
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![Color32::TRANSPARENT; width * height] }
    }

    fn clip(&self, rect: Rect, scale: f32) -> Clip {
        let within = |from: f32, to: f32, end: usize| {
            let pixel = |value: f32| (value * scale).round().clamp(0.0, end as f32) as usize;
            pixel(from)..pixel(to)
        };
        Clip { columns: within(rect.min.x, rect.max.x, self.width), rows: within(rect.min.y, rect.max.y, self.height) }
    }

    fn fill(&mut self, triangle: &[Vertex; 3], texture: &ColorImage, clip: &Clip, scale: f32) {
        let [mut a, mut b, c] = *triangle;
        if area(Point::of(a.pos, scale), Point::of(b.pos, scale), Point::of(c.pos, scale)) < 0 {
            std::mem::swap(&mut a, &mut b);
        }
        let points = [a, b, c].map(|vertex| Point::of(vertex.pos, scale));
        let [pa, pb, pc] = points;
        let whole = area(pa, pb, pc);
        if whole == 0 {
            return;
        }
        let sides = [(pb, pc), (pc, pa), (pa, pb)].map(|(from, to)| Side { from, to });
        // Nearly all that a window shows is of one colour, for which nothing has to be interpolated.
        let plain = (a.color == b.color && b.color == c.color && a.uv == b.uv && b.uv == c.uv)
            .then(|| tinted(sample(texture, a.uv), a.color.to_array().map(f32::from)));
        let across = bounds(points.map(|point| point.x), &clip.columns);
        for row in bounds(points.map(|point| point.y), &clip.rows) {
            let columns = sides.iter().fold(across.clone(), |columns, side| side.inner(row, columns));
            if columns.is_empty() {
                continue;
            }
            let pixels = &mut self.pixels[row * self.width..][columns.clone()];
            match plain {
                Some(opaque) if opaque[3] >= 255.0 => pixels.fill(blended(Color32::TRANSPARENT, opaque)),
                Some(colour) => pixels.iter_mut().for_each(|pixel| *pixel = blended(*pixel, colour)),
                None => {
                    for (column, pixel) in columns.zip(pixels) {
                        let place = Point::of_pixel(column, row);
                        let weights = [0, 1, 2].map(|corner| sides[corner].share(place) as f32 / whole as f32);
                        let uv = weigh([a.uv, b.uv, c.uv].map(|uv| [uv.x, uv.y]), weights);
                        let tint = weigh([a, b, c].map(|vertex| vertex.color.to_array().map(f32::from)), weights);
                        *pixel = blended(*pixel, tinted(sample(texture, Pos2::new(uv[0], uv[1])), tint));
                    }
                }
            }
        }
    }

    fn into_image(self) -> RgbaImage {
        let mut image = RgbaImage::new(self.width as u32, self.height as u32);
        for (bytes, pixel) in image.chunks_exact_mut(4).zip(&self.pixels) {
            bytes.copy_from_slice(&if pixel.is_opaque() { pixel.to_array() } else { pixel.to_srgba_unmultiplied() });
        }
        image
    }
}

/// Pixels that the sub-pixel positions may touch.
fn bounds(positions: [i64; 3], within: &Range<usize>) -> Range<usize> {
    let least = positions.into_iter().min().unwrap_or_default().max(0) / SUB;
    let most = positions.into_iter().max().unwrap_or_default().max(0) / SUB + 1;
    (least as usize).max(within.start)..(most as usize).min(within.end)
}

fn weigh<const N: usize>(values: [[f32; N]; 3], weights: [f32; 3]) -> [f32; N] {
    std::array::from_fn(|part| (0..3).map(|corner| values[corner][part] * weights[corner]).sum())
}

/// The texture between its pixels, held at its edges.
fn sample(texture: &ColorImage, uv: Pos2) -> Colour {
    let (x, y) = (uv.x * texture.width() as f32 - 0.5, uv.y * texture.height() as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let at = |column: f32, row: f32| -> Colour {
        let column = column.clamp(0.0, texture.width() as f32 - 1.0) as usize;
        let row = row.clamp(0.0, texture.height() as f32 - 1.0) as usize;
        texture.pixels[row * texture.width() + column].to_array().map(f32::from)
    };
    let mix = |one: Colour, other: Colour, share: f32| -> Colour {
        std::array::from_fn(|part| one[part] + (other[part] - one[part]) * share)
    };
    let upper = mix(at(left, top), at(left + 1.0, top), x - left);
    let lower = mix(at(left, top + 1.0), at(left + 1.0, top + 1.0), x - left);
    mix(upper, lower, y - top)
}

fn tinted(colour: Colour, tint: Colour) -> Colour {
    std::array::from_fn(|part| colour[part] * tint[part] / 255.0)
}

fn blended(under: Color32, colour: Colour) -> Color32 {
    let under = under.to_array();
    let [r, g, b, a] = std::array::from_fn(|part| {
        (colour[part] + f32::from(under[part]) * (255.0 - colour[3]) / 255.0).round().clamp(0.0, 255.0) as u8
    });
    Color32::from_rgba_premultiplied(r, g, b, a)
}
