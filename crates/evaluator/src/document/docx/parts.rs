//! The parts around the body: content types, relationships, styles, bullets, footer, properties.

use super::super::Front;
use super::super::palette::{ACCENT, INK, QUIET, RULE};
use super::super::xml::escape;

/// The namespaces of a part's root element.
pub(super) const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

pub(super) const CONTENT_TYPES: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">",
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>",
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>",
    "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>",
    "<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>",
    "<Override PartName=\"/word/numbering.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml\"/>",
    "<Override PartName=\"/word/settings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>",
    "<Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>",
    "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>",
    "</Types>"
);

pub(super) const RELATIONSHIPS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>",
    "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>",
    "</Relationships>"
);

pub(super) const NUMBERING: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<w:numbering xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">",
    "<w:abstractNum w:abstractNumId=\"0\"><w:multiLevelType w:val=\"hybridMultilevel\"/>",
    "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"bullet\"/><w:lvlText w:val=\"•\"/><w:lvlJc w:val=\"left\"/>",
    "<w:pPr><w:ind w:left=\"340\" w:hanging=\"227\"/></w:pPr></w:lvl></w:abstractNum>",
    "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>"
);

pub(super) const SETTINGS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">",
    "<w:compat><w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat>",
    "</w:settings>"
);

/// The relationships of the body: fixed ones, then one for each address that it links to.
pub(super) fn document_relationships(addresses: &[String]) -> String {
    const TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    let mut out = format!(
        "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    );
    for (id, kind, target) in [
        ("rStyles", "styles", "styles.xml"),
        ("rNumbering", "numbering", "numbering.xml"),
        ("rSettings", "settings", "settings.xml"),
        ("rFooter", "footer", "footer1.xml"),
    ] {
        out.push_str(&format!("<Relationship Id=\"{id}\" Type=\"{TYPE}{kind}\" Target=\"{target}\"/>"));
    }
    for (at, address) in addresses.iter().enumerate() {
        out.push_str(&format!(
            "<Relationship Id=\"rLink{at}\" Type=\"{TYPE}hyperlink\" Target=\"{}\" TargetMode=\"External\"/>",
            escape(address)
        ));
    }
    out.push_str("</Relationships>");
    out
}

/// Title, author and day.
pub(super) fn core(front: &Front) -> String {
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>\
         <dc:language>en</dc:language><dcterms:created xsi:type=\"dcterms:W3CDTF\">{}T00:00:00Z</dcterms:created></cp:coreProperties>",
        escape(&format!("{}: {}", front.kind, front.title)),
        escape(&front.author),
        front.date
    )
}

/// The foot of every page: the document, the product, the day, the page.
pub(super) fn footer(front: &Front) -> String {
    let field = |name: &str| {
        format!(
            "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> {name} </w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
        )
    };
    format!(
        "{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>\
         <w:r><w:tab/></w:r>{}<w:r><w:t xml:space=\"preserve\"> / </w:t></w:r>{}</w:p></w:ftr>",
        escape(&format!("{} · {} · {}", front.kind, front.title, front.date)),
        field("PAGE"),
        field("NUMPAGES")
    )
}

/// A paragraph style: name in Word, size in half points, colour, spacing before and after in twentieths of a point.
struct Look {
    id: &'static str,
    name: &'static str,
    size: u8,
    strong: bool,
    colour: String,
    before: u16,
    after: u16,
    more: &'static str,
}

/// The paragraph styles that the body names.
fn looks() -> Vec<Look> {
    let (ink, accent, quiet) = (INK.hex(), ACCENT.hex(), QUIET.hex());
    let look = |id, name, size, strong, colour: &str, before, after, more| Look {
        id,
        name,
        size,
        strong,
        colour: colour.to_owned(),
        before,
        after,
        more,
    };
    vec![
        look("Kind", "Document Kind", 36, true, &accent, 0, 240, ""),
        look("Title", "Title", 50, true, &ink, 600, 60, ""),
        look("Subtitle", "Subtitle", 24, false, &quiet, 0, 280, ""),
        look("Result", "Result", 34, true, &ink, 120, 240, ""),
        look(
            "Heading1",
            "heading 1",
            34,
            true,
            &accent,
            400,
            160,
            "<w:keepNext/><w:outlineLvl w:val=\"0\"/>",
        ),
        look(
            "Heading2",
            "heading 2",
            25,
            true,
            &accent,
            280,
            100,
            "<w:keepNext/><w:outlineLvl w:val=\"1\"/>",
        ),
        look("Heading3", "heading 3", 21, true, &ink, 180, 60, "<w:keepNext/><w:outlineLvl w:val=\"2\"/>"),
        look("Lead", "Lead", 19, false, &ink, 0, 120, "<w:keepNext/>"),
        look("Cell", "Cell", 17, false, &ink, 30, 30, ""),
        look("Caption", "caption", 16, false, &quiet, 60, 200, ""),
        look("TOC1", "toc 1", 19, true, &ink, 80, 20, ""),
        look("TOC2", "toc 2", 19, false, &ink, 0, 20, "<w:ind w:left=\"284\"/>"),
        look(
            "Footer",
            "footer",
            15,
            false,
            &quiet,
            0,
            0,
            "<w:tabs><w:tab w:val=\"right\" w:pos=\"9746\"/></w:tabs>",
        ),
    ]
}

/// The styles part.
pub(super) fn styles() -> String {
    let (ink, accent) = (INK.hex(), ACCENT.hex());
    let mut out = format!(
        "{HEAD}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\" w:cs=\"Arial\"/>\
         <w:color w:val=\"{ink}\"/><w:sz w:val=\"19\"/><w:szCs w:val=\"19\"/><w:lang w:val=\"en-GB\"/></w:rPr></w:rPrDefault>\
         <w:pPrDefault><w:pPr><w:spacing w:after=\"120\" w:line=\"264\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>"
    );
    for Look { id, name, size, strong, colour, before, after, more } in looks() {
        let bold = if strong { "<w:b/>" } else { "" };
        out.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:basedOn w:val=\"Normal\"/><w:qFormat/>\
             <w:pPr>{}<w:spacing w:before=\"{before}\" w:after=\"{after}\"/>{}</w:pPr>\
             <w:rPr>{bold}<w:color w:val=\"{colour}\"/><w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/></w:rPr></w:style>",
            // The schema wants keepNext and tabs before spacing, indents and levels after it.
            if more.contains("keepNext") { "<w:keepNext/>" } else if more.contains("tabs") { more } else { "" },
            more.strip_prefix("<w:keepNext/>").unwrap_or(if more.contains("tabs") { "" } else { more }),
        ));
    }
    out.push_str(&format!(
        "<w:style w:type=\"character\" w:styleId=\"Hyperlink\"><w:name w:val=\"Hyperlink\"/><w:rPr><w:color w:val=\"{accent}\"/><w:u w:val=\"single\"/></w:rPr></w:style>\
         <w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/><w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/>\
         <w:tblCellMar><w:left w:w=\"100\" w:type=\"dxa\"/><w:right w:w=\"100\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>\
         <w:style w:type=\"table\" w:styleId=\"Lines\"><w:name w:val=\"Lines\"/><w:basedOn w:val=\"TableNormal\"/><w:tblPr><w:tblBorders>\
         <w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"{0}\"/><w:insideH w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"{0}\"/>\
         </w:tblBorders></w:tblPr></w:style></w:styles>",
        RULE.hex()
    ));
    out
}
