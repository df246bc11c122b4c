//! What a document says, as WordprocessingML.

use std::collections::BTreeMap;

use super::super::palette::{HEAD as HEAD_GROUND, QUIET};
use super::super::xml::escape;
use super::super::{
    Anchor, Block, Chart, Document, Level, Mark, Matrix, Row, Span, Table, Target, Text, Tone,
};
use super::parts::{HEAD, NAMESPACES};

/// The width between the margins, in twentieths of a point.
const WIDTH: u32 = 9746;

/// The body while it is written.
pub(super) struct Body {
    pub(super) xml: String,
    /// Addresses that it links to; the relationship of each is `rLink` and its index.
    pub(super) addresses: Vec<String>,
    /// Bookmarks' numbers. Word limits their names to 40 letters, so that anchors cannot be used as they are.
    bookmarks: BTreeMap<Anchor, usize>,
}

impl Body {
    pub(super) fn new(document: &Document) -> Self {
        let mut body = Self {
            xml: format!("{HEAD}<w:document {NAMESPACES}><w:body>"),
            addresses: Vec::new(),
            bookmarks: BTreeMap::new(),
        };
        body.cover(document);
        body.contents(document);
        let mut rest = document.blocks();
        while let Some((block, after)) = rest.split_first() {
            body.block(block, after.first());
            rest = after;
        }
        body.xml.push_str(
            "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rFooter\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
             <w:pgMar w:top=\"1320\" w:right=\"1080\" w:bottom=\"1240\" w:left=\"1080\" w:header=\"600\" w:footer=\"600\" w:gutter=\"0\"/>\
             <w:titlePg/></w:sectPr></w:body></w:document>",
        );
        body
    }

    fn cover(&mut self, document: &Document) {
        let front = document.front();
        self.paragraph("Kind", &Text::from(front.kind.as_str()));
        self.paragraph("Title", &Text::from(front.title.as_str()));
        self.paragraph("Subtitle", &Text::from(front.subtitle.as_str()));
        if let Some(mark) = &front.result {
            self.paragraph("Result", &Text::from(mark.clone()));
        }
        if !front.facts.is_empty() {
            let widths = [WIDTH * 3 / 10, WIDTH * 7 / 10];
            self.open_table(&widths);
            for (name, value) in &front.facts {
                self.row(&[Text::new().quiet(name.as_str()), value.clone()], &widths, None);
            }
            self.xml.push_str("</w:tbl>");
        }
        self.page_break();
    }

    fn page_break(&mut self) {
        self.xml.push_str("<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>");
    }

    /// The contents as a field, so that Word can number it; until then it holds the links.
    fn contents(&mut self, document: &Document) {
        self.paragraph("Heading1", &Text::from("Contents"));
        let mut begin = "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> TOC \\o \"1-2\" \\h </w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>";
        for heading in document.contents() {
            let style = if heading.level == Level::One { "TOC1" } else { "TOC2" };
            let link = Text::new().link(heading.text.clone(), heading.anchor.clone());
            let words = self.words(&link);
            self.xml
                .push_str(&format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{begin}{words}</w:p>"));
            begin = "";
        }
        if begin.is_empty() {
            self.xml.push_str("<w:p><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>");
        }
        self.page_break();
    }

    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Heading(heading) => {
                let (start, end) = self.bookmark(&heading.anchor);
                let level = heading.level.number();
                let words = self.words(&Text::from(heading.text.as_str()));
                self.xml.push_str(&format!(
                    "<w:p><w:pPr><w:pStyle w:val=\"Heading{level}\"/></w:pPr>{start}{words}{end}</w:p>"
                ));
            }
            // What leads to a table stays on its page.
            Block::Paragraph(text) if matches!(next, Some(Block::Table(_))) => self.paragraph("Lead", text),
            Block::Paragraph(text) => self.paragraph("Normal", text),
            Block::List(items) => {
                for item in items {
                    let words = self.words(item);
                    self.xml.push_str(&format!(
                        "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr><w:spacing w:after=\"50\"/></w:pPr>{words}</w:p>"
                    ));
                }
            }
            Block::Note { tone, title, body } => self.note(*tone, title, body),
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => self.chart(chart),
            Block::Matrix(matrix) => self.matrix(matrix),
        }
    }

    fn paragraph(&mut self, style: &str, text: &Text) {
        let words = self.words(text);
        self.xml.push_str(&format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{words}</w:p>"));
    }

    fn note(&mut self, tone: Tone, title: &str, body: &[Text]) {
        let shades = tone.shades();
        let title = Text::new().strong(title);
        let last = body.len();
        for (at, text) in std::iter::once(&title).chain(body).enumerate() {
            let words = self.words(text);
            let (before, after) = (if at == 0 { 120 } else { 0 }, if at == last { 200 } else { 40 });
            self.xml.push_str(&format!(
                "<w:p><w:pPr><w:keepLines/><w:pBdr><w:left w:val=\"single\" w:sz=\"24\" w:space=\"8\" w:color=\"{}\"/></w:pBdr>\
                 <w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{}\"/><w:spacing w:before=\"{before}\" w:after=\"{after}\"/>\
                 <w:ind w:left=\"200\"/></w:pPr>{words}</w:p>",
                shades.fill.hex(),
                shades.ground.hex()
            ));
        }
    }

    fn open_table(&mut self, widths: &[u32]) {
        self.xml.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"Lines\"/><w:tblW w:w=\"{WIDTH}\" w:type=\"dxa\"/><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
        ));
        for width in widths {
            self.xml.push_str(&format!("<w:gridCol w:w=\"{width}\"/>"));
        }
        self.xml.push_str("</w:tblGrid>");
    }

    fn head_row(&mut self, titles: &[&str], widths: &[u32]) {
        self.xml.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        for (title, width) in titles.iter().zip(widths) {
            let words = self.words(&Text::new().strong(*title));
            self.xml.push_str(&format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{}\"/></w:tcPr>\
                 <w:p><w:pPr><w:pStyle w:val=\"Cell\"/><w:keepNext/></w:pPr>{words}</w:p></w:tc>",
                HEAD_GROUND.hex()
            ));
        }
        self.xml.push_str("</w:tr>");
    }

    fn row(&mut self, cells: &[Text], widths: &[u32], anchor: Option<&Anchor>) {
        let mut marks = anchor.map(|anchor| self.bookmark(anchor)).unwrap_or_default();
        let empty = Text::new();
        self.xml.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        for (at, width) in widths.iter().enumerate() {
            let words = self.words(cells.get(at).unwrap_or(&empty));
            let (start, end) = std::mem::take(&mut marks);
            self.xml.push_str(&format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"Cell\"/></w:pPr>{start}{words}{end}</w:p></w:tc>"
            ));
        }
        self.xml.push_str("</w:tr>");
    }

    fn table(&mut self, table: &Table) {
        let all: u32 = table.columns.iter().map(|column| u32::from(column.share.max(1))).sum();
        let widths: Vec<u32> =
            table.columns.iter().map(|column| WIDTH * u32::from(column.share.max(1)) / all.max(1)).collect();
        let titles: Vec<&str> = table.columns.iter().map(|column| column.title.as_str()).collect();
        self.open_table(&widths);
        self.head_row(&titles, &widths);
        for Row { anchor, cells } in &table.rows {
            self.row(cells, &widths, anchor.as_ref());
        }
        self.xml.push_str("</w:tbl>");
        // Two tables without a paragraph between them would be one.
        self.paragraph("Caption", &Text::from(table.caption.as_str()));
    }

    /// Bars as the table of their numbers, each on the ground of its tone.
    fn chart(&mut self, chart: &Chart) {
        let legend = chart.legend();
        let columns = legend.len() as u32 + 1;
        let narrow = WIDTH * 6 / 10 / columns;
        let mut widths = vec![WIDTH - narrow * columns];
        widths.extend(std::iter::repeat_n(narrow, columns as usize));
        let mut titles = vec![""];
        titles.extend(legend.iter().map(|(label, _)| *label));
        titles.push("Sum");
        self.open_table(&widths);
        self.head_row(&titles, &widths);
        for bar in &chart.bars {
            let mut cells = vec![bar.label.clone()];
            for (label, tone) in &legend {
                let count: u32 =
                    bar.parts.iter().filter(|part| part.label == *label).map(|part| part.count).sum();
                cells.push(if count == 0 {
                    Text::new()
                } else {
                    Mark::new(&count.to_string(), *tone).into()
                });
            }
            cells.push(Text::new().quiet(bar.total().to_string()));
            self.row(&cells, &widths, None);
        }
        self.xml.push_str("</w:tbl>");
        self.paragraph("Caption", &Text::from(chart.caption.as_str()));
    }

    /// A grid of counts as a table, since Word draws no figure of ours.
    fn matrix(&mut self, matrix: &Matrix) {
        let columns = matrix.columns.len() as u32 + 1;
        let widths = vec![WIDTH / columns.max(1); columns as usize];
        let titles: Vec<&str> =
            std::iter::once("").chain(matrix.columns.iter().map(String::as_str)).collect();
        self.open_table(&widths);
        self.head_row(&titles, &widths);
        for row in &matrix.rows {
            let mut cells = vec![Text::new().strong(row.label.as_str())];
            cells.extend(row.cells.iter().map(|cell| {
                match cell.count {
                    0 => Text::new().quiet("none"),
                    count => Text::from(Mark::new(&count.to_string(), cell.tone))
                        .quiet(format!("\n{}", cell.lines.join("\n"))),
                }
            }));
            self.row(&cells, &widths, None);
        }
        self.xml.push_str("</w:tbl>");
        self.paragraph("Caption", &Text::from(matrix.caption.as_str()));
    }

    fn number(&mut self, anchor: &Anchor) -> usize {
        let next = self.bookmarks.len();
        *self.bookmarks.entry(anchor.clone()).or_insert(next)
    }

    fn bookmark(&mut self, anchor: &Anchor) -> (String, String) {
        let number = self.number(anchor);
        (
            format!("<w:bookmarkStart w:id=\"{number}\" w:name=\"m{number}\"/>"),
            format!("<w:bookmarkEnd w:id=\"{number}\"/>"),
        )
    }

    fn words(&mut self, text: &Text) -> String {
        text.spans().iter().map(|span| self.span(span)).collect()
    }

    fn span(&mut self, span: &Span) -> String {
        match span {
            Span::Plain(words) | Span::Missing(words) => run("", words),
            Span::Strong(words) => run("<w:b/>", words),
            Span::Quiet(words) => run(&format!("<w:color w:val=\"{}\"/>", QUIET.hex()), words),
            Span::Code(words) => run(
                "<w:rFonts w:ascii=\"Courier New\" w:hAnsi=\"Courier New\" w:cs=\"Courier New\"/><w:sz w:val=\"16\"/>",
                words,
            ),
            Span::Link { text, to: Target::Anchor(anchor) } => {
                let number = self.number(anchor);
                format!(
                    "<w:hyperlink w:anchor=\"m{number}\" w:history=\"1\">{}</w:hyperlink>",
                    run("<w:rStyle w:val=\"Hyperlink\"/>", text)
                )
            }
            Span::Link { text, to: Target::Address(address) } => {
                let at = self.addresses.iter().position(|known| known == address).unwrap_or_else(|| {
                    self.addresses.push(address.clone());
                    self.addresses.len() - 1
                });
                format!(
                    "<w:hyperlink r:id=\"rLink{at}\" w:history=\"1\">{}</w:hyperlink>",
                    run("<w:rStyle w:val=\"Hyperlink\"/>", text)
                )
            }
            Span::Mark(mark) => {
                let shades = mark.tone.shades();
                let look = format!(
                    "<w:b/><w:color w:val=\"{}\"/><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{}\"/>",
                    shades.ink.hex(),
                    shades.ground.hex()
                );
                run(&look, &format!("\u{a0}{}\u{a0}", mark.word))
            }
        }
    }
}

fn run(look: &str, words: &str) -> String {
    let look = if look.is_empty() { String::new() } else { format!("<w:rPr>{look}</w:rPr>") };
    let mut out = String::new();
    for (at, line) in words.split('\n').enumerate() {
        let line_break = if at == 0 { "" } else { "<w:br/>" };
        out.push_str(&format!(
            "<w:r>{look}{line_break}<w:t xml:space=\"preserve\">{}</w:t></w:r>",
            escape(line)
        ));
    }
    out
}
