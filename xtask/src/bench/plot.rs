//! Draws the report as SVG: a bar per benchmark with the ratio on a logarithmic scale, and
//! a chart per sweep with the cost per operation over its x values.

use super::list::{Bench, Judge};
use super::report::{self, Entry, Report};
use super::stats;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LABEL: f64 = 190.0;
const ROW: f64 = 18.0;
const GENUINE: &str = "#888888";
const OURS: &str = "#b7410e";
const CHART: (f64, f64) = (470.0, 260.0);

/// Draws a report.
pub fn svg(report: &Report) -> String {
    let (points, bars): (Vec<&Entry>, Vec<&Entry>) = report
        .entries
        .iter()
        .filter(|entry| entry.judged().is_some())
        .partition(|entry| entry.bench.sweep.is_some());
    let mut body = String::new();
    let mut y = 34.0;
    text(&mut body, 10.0, 20.0, "start", 12.0, &report.conditions());
    if !bars.is_empty() {
        let legend = "bar: median ratio; line: range of the rounds; blue: target; yellow: below it";
        text(&mut body, 10.0, 36.0, "start", 10.0, legend);
        y = draw_bars(&mut body, &bars, y + 12.0);
    }
    for (i, sweep) in sweeps(&points).iter().enumerate() {
        let x = 10.0 + (i % 2) as f64 * CHART.0;
        draw_chart(&mut body, sweep, x, y);
        if i % 2 == 1 || i + 1 == sweeps(&points).len() {
            y += CHART.1;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{h}\" \
         viewBox=\"0 0 {WIDTH} {h}\" font-family=\"sans-serif\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n",
        h = y + 16.0
    )
}

/// A logarithmic axis.
#[derive(Clone, Copy)]
struct Scale {
    from: f64,
    to: f64,
    start: f64,
    length: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let part = (value / self.from).ln() / (self.to / self.from).ln();
        self.start + self.length * part.clamp(0.0, 1.0)
    }

    /// 1, 10, 100 … within the range.
    fn decades(&self) -> Vec<f64> {
        let first = self.from.log10().ceil() as i32;
        let last = self.to.log10().floor() as i32;
        (first..=last).map(|n| 10f64.powi(n)).collect()
    }

    /// The decades, or 1, 2, 5, 10 … if there are too few.
    fn marks(&self) -> Vec<f64> {
        let decades = self.decades();
        if decades.len() > 2 {
            return decades;
        }
        let below = self.from.log10().floor() as i32;
        let powers = (below..=below + 3).map(|n| 10f64.powi(n));
        let marks = powers.flat_map(|p| [p, 2.0 * p, 5.0 * p]);
        marks
            .filter(|mark| (self.from..=self.to).contains(mark))
            .collect()
    }
}

fn draw_bars(out: &mut String, entries: &[&Entry], top: f64) -> f64 {
    let greatest = entries.iter().filter_map(|e| e.judged()).map(|c| c.max);
    let scale = Scale {
        from: 0.5,
        to: greatest.fold(2.0, f64::max) * 1.2,
        start: LABEL,
        length: WIDTH - LABEL - 90.0,
    };
    let bottom = top + ROW * entries.len() as f64;
    for mark in [
        0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
    ] {
        if mark <= scale.to {
            let (x, color) = (scale.at(mark), if mark == 1.0 { "#444" } else { "#ddd" });
            line(out, (x, top), (x, bottom), color, 1.0);
            text(out, x, bottom + 12.0, "middle", 10.0, &format!("{mark}"));
        }
    }
    for (i, entry) in entries.iter().enumerate() {
        draw_bar(out, entry, &scale, top + ROW * i as f64);
    }
    bottom + 34.0
}

fn draw_bar(out: &mut String, entry: &Entry, scale: &Scale, y: f64) {
    let Some(c) = entry.judged() else { return };
    let (one, end) = (scale.at(1.0), scale.at(c.ratio));
    let color = match entry.reached() {
        Some(false) => "#c9a227",
        _ => OURS,
    };
    text(out, LABEL - 8.0, y + 12.5, "end", 11.0, &entry.bench.name);
    let (x, width) = (one.min(end), (one - end).abs().max(1.0));
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{color}\"/>",
        y + 4.0,
        ROW - 7.0
    );
    let middle = y + ROW / 2.0;
    line(
        out,
        (scale.at(c.min), middle),
        (scale.at(c.max), middle),
        "#000",
        1.0,
    );
    if let Some(target) = entry.bench.target {
        let x = scale.at(target);
        line(out, (x, y + 2.0), (x, y + ROW - 2.0), "#1f5fa8", 2.0);
    }
    let x = scale.at(c.max.max(1.0)) + 6.0;
    text(out, x, y + 12.5, "start", 10.0, &report::ratio(c.ratio));
}

/// Groups the points by sweep, in the order of the list.
fn sweeps<'a>(points: &[&'a Entry]) -> Vec<Vec<&'a Entry>> {
    let name = |bench: &Bench| bench.sweep.map(|sweep| sweep.0);
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    for &point in points {
        match groups.last_mut() {
            Some(group) if name(&group[0].bench) == name(&point.bench) => group.push(point),
            _ => groups.push(vec![point]),
        }
    }
    groups
}

fn draw_chart(out: &mut String, points: &[&Entry], left: f64, top: f64) {
    let costs: Vec<(f64, f64, f64)> = points
        .iter()
        .filter_map(|entry| {
            let c = entry.judged()?;
            Some((entry.bench.sweep?.1 as f64, c.genuine, c.ours))
        })
        .collect();
    let all = || costs.iter().flat_map(|&(_, genuine, ours)| [genuine, ours]);
    let last = costs.iter().map(|cost| cost.0).fold(1.0, f64::max);
    let x = Scale {
        from: costs.iter().map(|cost| cost.0).fold(last, f64::min),
        to: last.max(2.0),
        start: left + 60.0,
        length: CHART.0 - 90.0,
    };
    let y = Scale {
        from: all().fold(f64::INFINITY, f64::min) / 1.5,
        to: all().fold(1.0, f64::max) * 1.5,
        start: top + CHART.1 - 40.0,
        length: -(CHART.1 - 80.0),
    };
    draw_axes(out, points[0], &x, &y);
    let genuine: Vec<_> = costs.iter().map(|c| (x.at(c.0), y.at(c.1))).collect();
    let ours: Vec<_> = costs.iter().map(|c| (x.at(c.0), y.at(c.2))).collect();
    curve(out, &genuine, GENUINE, "genuine");
    curve(out, &ours, OURS, "ours");
}

fn draw_axes(out: &mut String, first: &Entry, x: &Scale, y: &Scale) {
    let name = first.bench.sweep.map_or("", |sweep| sweep.0);
    let cost = if first.bench.judge == Judge::Cpu {
        "CPU"
    } else {
        "time"
    };
    let title = format!("{name}: {cost} per operation ({})", first.bench.about);
    let (top, right) = (y.start + y.length, x.start + x.length);
    text(out, x.start - 50.0, top - 14.0, "start", 11.0, &title);
    line(out, (x.start, y.start), (right, y.start), "#444", 1.0);
    line(out, (x.start, y.start), (x.start, top), "#444", 1.0);
    for mark in x.decades() {
        let at = x.at(mark);
        line(out, (at, y.start), (at, y.start + 4.0), "#444", 1.0);
        text(out, at, y.start + 15.0, "middle", 10.0, &format!("{mark}"));
    }
    for mark in y.marks() {
        let at = y.at(mark);
        line(out, (x.start, at), (right, at), "#ddd", 1.0);
        text(
            out,
            x.start - 5.0,
            at + 3.5,
            "end",
            10.0,
            &stats::time(mark),
        );
    }
}

fn curve(out: &mut String, points: &[(f64, f64)], color: &str, label: &str) {
    let path: Vec<_> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
        path.join(" ")
    );
    for (x, y) in points {
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"/>"
        );
    }
    if let Some((x, y)) = points.last() {
        text(out, *x, y - 7.0, "end", 10.0, label);
    }
}

fn line(out: &mut String, a: (f64, f64), b: (f64, f64), color: &str, width: f64) {
    let _ = writeln!(
        out,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{color}\" \
         stroke-width=\"{width}\"/>",
        a.0, a.1, b.0, b.1
    );
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, size: f64, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{words}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_logarithmic() {
        let scale = Scale {
            from: 1.0,
            to: 100.0,
            start: 0.0,
            length: 10.0,
        };
        assert!((scale.at(10.0) - 5.0).abs() < 1e-9);
        assert_eq!(scale.decades(), [1.0, 10.0, 100.0]);
    }
}
