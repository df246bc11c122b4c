//! Stacked bars as SVG. The numbers stand in the bars, and the whole in words for those who listen.

use super::super::xml::escape;
use super::super::{Bar, Chart};

const WIDTH: f64 = 900.0;
const STEP: f64 = 22.0;
/// About the width of a letter.
const LETTER: f64 = 6.6;

pub(super) fn chart(out: &mut String, chart: &Chart) {
    let labels = chart.bars.iter().map(|bar| bar.label.plain_text().chars().count()).max().unwrap_or(0);
    let indent = (labels as f64 * LETTER).clamp(40.0, 330.0) + 10.0;
    let scale = (WIDTH - indent - 40.0) / f64::from(chart.longest());
    let height = STEP * (chart.bars.len() as f64 + 1.2);
    let words = chart.bars.iter().map(Bar::in_words).collect::<Vec<_>>().join("; ");
    out.push_str(&format!(
        "<figure>\n<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n",
        escape(&format!("{}. {words}", chart.caption))
    ));
    for (row, bar) in chart.bars.iter().enumerate() {
        one_bar(out, bar, row as f64 * STEP, indent, scale);
    }
    legend(out, chart, indent, chart.bars.len() as f64 * STEP);
    out.push_str(&format!("</svg>\n<figcaption>{}</figcaption>\n</figure>\n", escape(&chart.caption)));
}

fn one_bar(out: &mut String, bar: &Bar, y: f64, indent: f64, scale: f64) {
    let base = y + 12.5;
    out.push_str(&format!("<text x=\"0\" y=\"{base:.1}\">{}</text>\n", escape(&bar.label.plain_text())));
    let mut x = indent;
    for part in bar.parts.iter().filter(|part| part.count > 0) {
        let width = f64::from(part.count) * scale;
        let tone = part.tone.name();
        let drawn = (width - 1.0).max(0.5);
        out.push_str(&format!(
            "<rect class=\"f-{tone}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{drawn:.1}\" height=\"16\" rx=\"2\"/>"
        ));
        let number = part.count.to_string();
        let room = number.len() as f64 * LETTER + 8.0;
        if width > room {
            let middle = x + width / 2.0;
            out.push_str(&format!(
                "<rect class=\"g-{tone}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{room:.1}\" height=\"12\" rx=\"2\"/><text class=\"number\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{number}</text>",
                middle - room / 2.0,
                y + 2.0,
                y + 11.8
            ));
        }
        out.push('\n');
        x += width;
    }
    out.push_str(&format!(
        "<text class=\"back\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>\n",
        x + 6.0,
        bar.total()
    ));
}

fn legend(out: &mut String, chart: &Chart, indent: f64, y: f64) {
    let mut x = indent;
    for (label, tone) in chart.legend() {
        out.push_str(&format!(
            "<rect class=\"f-{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"11\" height=\"11\" rx=\"2\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            tone.name(),
            y + 4.0,
            x + 16.0,
            y + 14.0,
            escape(label)
        ));
        x += label.chars().count() as f64 * LETTER + 42.0;
    }
}
