//! A badge that says how it went.

use eush_wire::conformance::v1::{Conclusion, Report};

use super::conclusion_word;

/// The badge as SVG. Its width follows the text, since no renderer may be asked.
pub fn badge(report: &Report) -> String {
    let tally = report.tally.unwrap_or_default();
    let judged = tally.pass + tally.fail + tally.warn;
    let word = conclusion_word(report.conclusion());
    let value = format!("{word} {}/{judged}", tally.pass + tally.warn);
    let color = match report.conclusion() {
        Conclusion::Conformant => "#2b7a3d",
        Conclusion::Incomplete => "#9a6b00",
        Conclusion::NonConformant => "#b3261e",
        Conclusion::Undecided | Conclusion::Unspecified => "#5f6368",
    };
    let name = "eush conformance";
    let (left, right) = (width(name), width(&value));
    let (whole, middle) = (left + right, left + right / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"20\" role=\"img\" aria-label=\"{name}: {value}\">\
<title>{name}: {value}</title>\
<rect width=\"{left}\" height=\"20\" fill=\"#3c4043\"/><rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{color}\"/>\
<g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\
<text x=\"{}\" y=\"14\">{name}</text><text x=\"{middle}\" y=\"14\">{value}</text></g></svg>\n",
        left / 2
    )
}

// Seven pixels a letter and a margin: close enough at this size.
fn width(text: &str) -> usize {
    text.chars().count() * 7 + 10
}
