//! A document as one HTML file that needs nothing else: style and charts are inside, there are no scripts, and a
//! content security policy forbids whatever a text might try to load. It prints on A4 and follows the reader's
//! choice of light or dark.

mod chart;
mod matrix;

use super::xml::escape;
use super::{Block, Document, Heading, Row, Span, Table, Target, Text};

const STYLE: &str = include_str!("style.css");

/// Renders a document.
#[must_use]
pub fn render(document: &Document) -> String {
    let front = document.front();
    let mut out = String::with_capacity(64 * 1024);
    let title = escape(&format!("{}: {}", front.kind, front.title));
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n");
    out.push_str("<meta name=\"generator\" content=\"medseal\">\n");
    out.push_str(&format!(
        "<meta name=\"author\" content=\"{}\">\n<title>{title}</title>\n",
        escape(&front.author)
    ));
    out.push_str(&format!("<style>\n{STYLE}</style>\n</head>\n<body>\n"));
    out.push_str(&format!(
        "<header class=\"cover\"><div class=\"page\"><p>{}</p><h1>{}</h1><p>{}</p></div></header>\n<main class=\"page\">\n",
        escape(&front.kind),
        escape(&front.title),
        escape(&front.subtitle)
    ));
    if let Some(mark) = &front.result {
        out.push_str(&format!("<p class=\"result\">{}</p>\n", text(&Text::from(mark.clone()))));
    }
    out.push_str("<dl class=\"facts\">\n");
    for (name, value) in &front.facts {
        out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), text(value)));
    }
    out.push_str("</dl>\n");
    contents(&mut out, document);
    for it in document.blocks() {
        block(&mut out, it);
    }
    out.push_str(&format!("<footer>{title} · {}</footer>\n</main>\n</body>\n</html>\n", front.date));
    out
}

fn contents(out: &mut String, document: &Document) {
    out.push_str("<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n");
    for Heading { level, anchor, text } in document.contents() {
        let class = if level.number() == 1 { "" } else { " class=\"sub\"" };
        out.push_str(&format!("<li{class}><a href=\"#{}\">{}</a></li>\n", anchor.as_str(), escape(text)));
    }
    out.push_str("</ol>\n</nav>\n");
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Heading(Heading { level, anchor, text }) => {
            let n = level.number() + 1;
            out.push_str(&format!("<h{n} id=\"{}\">{}</h{n}>\n", anchor.as_str(), escape(text)));
        }
        Block::Paragraph(words) => out.push_str(&format!("<p>{}</p>\n", text(words))),
        Block::List(items) => {
            out.push_str("<ul>\n");
            for item in items {
                out.push_str(&format!("<li>{}</li>\n", text(item)));
            }
            out.push_str("</ul>\n");
        }
        Block::Note { tone, title, body } => {
            out.push_str(&format!(
                "<aside class=\"{}\">\n<p class=\"title\">{}</p>\n",
                tone.name(),
                escape(title)
            ));
            for words in body {
                out.push_str(&format!("<p>{}</p>\n", text(words)));
            }
            out.push_str("</aside>\n");
        }
        Block::Table(it) => table(out, it),
        Block::Chart(it) => chart::chart(out, it),
        Block::Matrix(it) => matrix::matrix(out, it),
    }
}

fn table(out: &mut String, table: &Table) {
    let all: u32 = table.columns.iter().map(|column| u32::from(column.share.max(1))).sum();
    out.push_str(&format!(
        "<div class=\"table\"><table>\n<caption>{}</caption>\n<colgroup>",
        escape(&table.caption)
    ));
    for column in &table.columns {
        let percent = f64::from(column.share.max(1)) * 100.0 / f64::from(all.max(1));
        out.push_str(&format!("<col style=\"width:{percent:.1}%\">"));
    }
    out.push_str("</colgroup>\n<thead><tr>");
    for column in &table.columns {
        out.push_str(&format!("<th scope=\"col\">{}</th>", escape(&column.title)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    let empty = Text::new();
    for Row { anchor, cells } in &table.rows {
        match anchor {
            Some(anchor) => out.push_str(&format!("<tr id=\"{}\">", anchor.as_str())),
            None => out.push_str("<tr>"),
        }
        for at in 0..table.columns.len() {
            out.push_str(&format!("<td>{}</td>", text(cells.get(at).unwrap_or(&empty))));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn text(text: &Text) -> String {
    text.spans().iter().map(span).collect()
}

fn span(span: &Span) -> String {
    let words = escape(span.words());
    match span {
        Span::Plain(_) | Span::Missing(_) => words,
        Span::Strong(_) => format!("<strong>{words}</strong>"),
        Span::Quiet(_) => format!("<span class=\"back\">{words}</span>"),
        Span::Code(_) => format!("<code>{words}</code>"),
        Span::Link { to: Target::Anchor(anchor), .. } => {
            format!("<a href=\"#{}\">{words}</a>", anchor.as_str())
        }
        Span::Link { to: Target::Address(address), .. } if is_safe(address) => {
            format!("<a href=\"{}\" rel=\"noopener\">{words}</a>", escape(address))
        }
        Span::Link { to: Target::Address(_), .. } => words,
        Span::Mark(mark) => format!("<span class=\"mark {}\">{words}</span>", mark.tone.name()),
    }
}

/// Whether an address may be followed: a web page, a mail address, or a file beside the document. A declaration is
/// written by others, and `javascript:` in it must stay text.
fn is_safe(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().filter(|start| start.contains(':'));
    match scheme {
        None => true,
        Some(start) => {
            let name = start.split(':').next().unwrap_or_default();
            ["http", "https", "mailto"].iter().any(|known| name.eq_ignore_ascii_case(known))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        let mut draft = sample();
        draft.paragraph("<script>alert(1)</script>");
        draft.paragraph(
            Text::new().address("click", "javascript:alert(1)").address("x\"", "https://e.org/\"onclick=\"a"),
        );
        let page = render(&draft.finish().expect("finished"));
        assert!(page.contains("&lt;script&gt;"));
        assert!(!page.contains("<script") && !page.contains("javascript:") && !page.contains("\"onclick"));
    }

    #[test]
    fn addresses_are_followed_only_where_nothing_runs() {
        for safe in [
            "https://example.org",
            "mailto:a@example.org",
            "evidence/a.pcap",
            "../a.pdf",
            "#x",
            "HTTP://e.org",
        ] {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_one in
            ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "file:///etc/passwd", " javascript:x"]
        {
            assert!(!is_safe(unsafe_one), "{unsafe_one}");
        }
    }

    #[test]
    fn a_page_is_the_same_for_the_same_document_and_loads_nothing() {
        let document = sample().finish().expect("finished");
        let page = render(&document);
        assert_eq!(page, render(&document));
        for outside in ["src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
