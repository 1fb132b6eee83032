//! Pictures and pages are well-formed, finite and escaped, whatever the data.
#![cfg(feature = "report")]

use proptest::prelude::*;
use valor_ivx::report::{
    Bridge, CashFlow, Distribution, FootballFieldChart, FootballRow, ForecastYear, Format, FundsItem, HeatAxis,
    HeatMap, Marker, Page, Picture, Reference, RunAccount, SourcesAndUses, Table, TornadoChart, TornadoDriver,
    Waterfall, WaterfallStep,
};

const HOSTILE: &str = "<script>alert(\"R&D\")</script>\u{0}\u{1b}'";
const ODD: [f64; 12] =
    [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, -1e-9, 1e18, f64::MAX, f64::MIN, f64::NAN, f64::NEG_INFINITY];

/// Reads the picture as XML and checks every coordinate.
fn check(picture: &Picture) {
    let svg = picture.to_svg();
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    let document = roxmltree::Document::parse(&svg).expect("the SVG is well-formed");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let children: Vec<_> = root.children().map(|node| node.tag_name().name().to_owned()).collect();
    assert_eq!(children[..2], ["title", "desc"]);
    let view: Vec<f64> = root.attribute("viewBox").unwrap().split(' ').map(|part| part.parse().unwrap()).collect();
    assert!(view[3] > 0.0 && view[3] < 1e6, "{view:?}");
    for node in document.descendants() {
        for name in ["x", "y", "x1", "x2", "y1", "y2", "width", "height"] {
            if let Some(text) = node.attribute(name) {
                let value: f64 = text.parse().unwrap_or_else(|_| panic!("{name}=\"{text}\" is not a number"));
                assert!(value.is_finite());
                if node.tag_name().name() != "svg" && name.starts_with('x') {
                    assert!((-400.0..=1200.0).contains(&value), "{name}={value} lies off the picture");
                }
                if name == "width" || name == "height" {
                    assert!(value >= 0.0, "{name}={value}");
                }
            }
        }
        assert_ne!(node.tag_name().name(), "script");
        assert!(node.attribute("href").is_none());
    }
}

fn distribution(edges: &[f64], counts: &[u64], markers: &[f64], reference: Option<f64>) -> Picture {
    let markers: Vec<_> = markers.iter().map(|&value| Marker { label: HOSTILE.into(), value }).collect();
    Distribution {
        title: HOSTILE,
        quantity: HOSTILE,
        edges,
        counts,
        below: 3,
        above: u64::MAX,
        markers: &markers,
        reference: reference.map(|value| Reference { label: HOSTILE.into(), value, probability_above: value }),
        format: Format::money("<$>", 2),
    }
    .draw()
}

fn cash_flow(flows: &[f64], terminal: f64) -> Picture {
    let years: Vec<_> = flows
        .iter()
        .enumerate()
        .map(|(index, &flow)| ForecastYear { label: format!("{HOSTILE}{index}"), flow, present_value: flow / 2.0 })
        .collect();
    CashFlow { title: HOSTILE, years: &years, terminal_present_value: terminal, format: Format::number(1) }.draw()
}

fn heat_map(rows: &[f64], columns: &[f64], cells: &[Option<f64>], pivot: f64) -> Picture {
    HeatMap {
        title: HOSTILE,
        rows: HeatAxis { label: HOSTILE, values: rows, format: Format::percent(1), base: Some(1) },
        columns: HeatAxis { label: HOSTILE, values: columns, format: Format::percent(1), base: Some(0) },
        cells,
        pivot: (pivot, HOSTILE),
        format: Format::money("&", 0),
    }
    .draw()
}

fn tornado(ends: &[(Option<f64>, Option<f64>)], base: f64) -> Picture {
    let drivers: Vec<_> = ends
        .iter()
        .map(|&(low, high)| TornadoDriver {
            name: HOSTILE.repeat(3),
            low_input: HOSTILE.into(),
            high_input: "high".into(),
            low,
            high,
        })
        .collect();
    TornadoChart { title: HOSTILE, quantity: HOSTILE, base, drivers: &drivers, format: Format::number(2) }.draw()
}

fn waterfall(amounts: &[f64]) -> Picture {
    let step = |&amount: &f64| WaterfallStep { label: HOSTILE.repeat(2), remark: HOSTILE.into(), amount };
    let steps: Vec<_> = amounts.iter().map(step).collect();
    Waterfall { title: HOSTILE, steps: &steps, result: HOSTILE, format: Format::money("<", 1) }.draw()
}

fn sources_and_uses(sources: &[f64], uses: &[f64]) -> Picture {
    let items = |amounts: &[f64]| -> Vec<FundsItem> {
        amounts.iter().map(|&amount| FundsItem { name: HOSTILE.repeat(2), amount }).collect()
    };
    let (sources, uses) = (items(sources), items(uses));
    SourcesAndUses { title: HOSTILE, sources: &sources, uses: &uses, format: Format::money("<", 1) }.draw()
}

fn football_field(rows: &[(f64, f64, f64)], price: Option<f64>, overlap: Option<(f64, f64)>) -> Picture {
    let row = |&(low, mid, high): &(f64, f64, f64)| FootballRow { name: HOSTILE.repeat(2), low, mid, high };
    let rows: Vec<_> = rows.iter().map(row).collect();
    FootballFieldChart {
        title: HOSTILE,
        quantity: HOSTILE,
        rows: &rows,
        price: price.map(|price| (HOSTILE, price)),
        overlap,
        format: Format::money("<", 2),
    }
    .draw()
}

/// Checks that every shape and every text lies inside the view box; widths of texts are estimates.
fn check_inside(picture: &Picture) {
    check(picture);
    let svg = picture.to_svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let root = document.root_element();
    let view: Vec<f64> = root.attribute("viewBox").unwrap().split(' ').map(|part| part.parse().unwrap()).collect();
    let (left, top, right, bottom) = (view[0], view[1], view[0] + view[2], view[1] + view[3]);
    for node in document.descendants() {
        let of = |name: &str| node.attribute(name).map(|text| text.parse::<f64>().unwrap());
        let (xs, ys) = match node.tag_name().name() {
            "rect" => {
                let (x, y) = (of("x").unwrap(), of("y").unwrap());
                ([x, x + of("width").unwrap()], [y, y + of("height").unwrap()])
            }
            "line" => ([of("x1").unwrap(), of("x2").unwrap()], [of("y1").unwrap(), of("y2").unwrap()]),
            "text" => {
                let (x, y) = (of("x").unwrap(), of("y").unwrap());
                let width = node.text().unwrap_or("").chars().count() as f64 * 5.0;
                let from = match node.attribute("text-anchor") {
                    None => x,
                    Some("middle") => x - width / 2.0,
                    _ => x - width,
                };
                ([from, from + width], [y - 9.0, y])
            }
            _ => continue,
        };
        for x in xs {
            assert!((left - 0.01..=right + 0.01).contains(&x), "x {x} is outside {left} to {right}: {node:?}");
        }
        for y in ys {
            assert!((top - 0.01..=bottom + 0.01).contains(&y), "y {y} is outside {top} to {bottom}: {node:?}");
        }
    }
}

#[test]
fn a_waterfall_ends_where_its_steps_lead() {
    let step = |label: &str, amount| WaterfallStep { label: label.into(), remark: "why".into(), amount };
    let steps = [step("Forecast", 488.0), step("Terminal", 1405.0), step("Net debt", -300.0)];
    let picture = Waterfall { title: "t", steps: &steps, result: "Equity", format: Format::money("$", 0) }.draw();
    check_inside(&picture);
    let svg = picture.to_svg();
    for text in [">Forecast<", ">Net debt<", ">−$300<", ">Equity<", ">$1,593<", "Terminal: $1,405: why"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    let document = roxmltree::Document::parse(&svg).unwrap();
    let bar = |class: &str| {
        let node = document.descendants().find(|node| node.attribute("class") == Some(class)).unwrap();
        let of = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
        (of("x"), of("x") + of("width"))
    };
    assert!((bar("loss").0 - bar("soft").1).abs() < 0.02, "the result ends where the last step does");
    assert!(picture.table().to_html().contains("why"));
}

#[test]
fn sources_equal_uses_and_carry_their_share() {
    let item = |name: &str, amount| FundsItem { name: name.into(), amount };
    let sources = [item("Senior", 600.0), item("Revolver", 0.0), item("Sponsor", 427.0)];
    let uses = [item("Equity", 1050.0), item("Net cash", -50.0), item("Fees", 20.0), item("Cash", 7.0)];
    let picture = SourcesAndUses { title: "t", sources: &sources, uses: &uses, format: Format::number(0) }.draw();
    check_inside(&picture);
    let svg = picture.to_svg();
    for text in [">Sources 1,027<", ">Uses 1,027<", ">Senior<", ">600 · 58%<", ">Net cash<", ">−50<", ">Fees<"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    assert!(!svg.contains("Revolver"), "what brings nothing is left out");
    assert_eq!(svg.matches("class=\"loss\"").count(), 1, "net cash hangs below the line");
}

#[test]
fn a_football_field_marks_mid_price_and_overlap() {
    let row = |name: &str, low, mid, high| FootballRow { name: name.into(), low, mid, high };
    let rows = [row("Multiples", 9.0, 10.5, 12.0), row("Transactions", 11.0, 12.0, 14.0)];
    let picture = FootballFieldChart {
        title: "t",
        quantity: "Value per share",
        rows: &rows,
        price: Some(("Price", 10.0)),
        overlap: Some((11.0, 12.0)),
        format: Format::money("$", 2),
    }
    .draw();
    check_inside(&picture);
    let svg = picture.to_svg();
    for text in [">Multiples<", ">$9.00<", ">$14.00<", ">Price $10.00<", "in every range: $11.00 to $12.00"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    assert_eq!(svg.matches("class=\"band\"").count(), 2, "the band and its key");
    assert_eq!(svg.matches("class=\"base bold\"").count(), 3, "two mids and their key");
    let plain = FootballFieldChart { price: None, overlap: None, ..chart(&rows) }.draw();
    assert!(!plain.to_svg().contains("class=\"band\"") && !plain.to_svg().contains("class=\"reference"));
}

fn chart(rows: &[FootballRow]) -> FootballFieldChart<'_> {
    FootballFieldChart { title: "t", quantity: "q", rows, price: None, overlap: None, format: Format::number(0) }
}

#[test]
fn odd_numbers_break_no_picture() {
    for a in ODD {
        check_inside(&waterfall(&[a, a, -a]));
        check_inside(&sources_and_uses(&[a, a, 3.0], &[a]));
        check_inside(&football_field(&[(a, a, a)], Some(a), Some((a, a))));
        check(&distribution(&[a, a, a], &[7, 0], &[a, a, a], Some(a)));
        check(&cash_flow(&[a, a, a], a));
        check(&heat_map(&[a, a], &[a], &[Some(a), None], a));
        check(&tornado(&[(Some(a), Some(a)), (None, Some(a)), (Some(a), None), (None, None)], a));
        for b in ODD {
            check(&distribution(&[a, b], &[7], &[b, a], Some(b)));
            check(&cash_flow(&[a, b], b));
            check(&heat_map(&[a, b], &[b, a], &[Some(a), Some(b), None], b));
            check(&tornado(&[(Some(a), Some(b)), (Some(b), None)], b));
            check_inside(&waterfall(&[a, b]));
            check_inside(&sources_and_uses(&[a, b], &[b, a, b]));
            check_inside(&football_field(&[(a, b, a), (b, a, b)], Some(a), Some((b, a))));
        }
    }
}

#[test]
fn no_data_at_all_still_makes_a_picture() {
    check(&distribution(&[], &[], &[], None));
    check(&cash_flow(&[], 0.0));
    check(&heat_map(&[], &[], &[], 0.0));
    check(&tornado(&[], 0.0));
    check_inside(&waterfall(&[]));
    check_inside(&sources_and_uses(&[], &[]));
    check_inside(&football_field(&[], None, None));
}

#[test]
fn texts_are_escaped_everywhere_on_a_page() {
    let items = vec![(HOSTILE.to_owned(), -1.0)];
    let bridge = Bridge {
        title: HOSTILE,
        explicit_present_value: 1.0,
        terminal_present_value: 2.0,
        enterprise_value: 3.0,
        items: &items,
        equity_value: 2.0,
        per_share: Some((1.0, 2.0)),
        amounts: Format::money("<", 0),
        shares: Format::number(0),
        price: Format::money("$", 2),
    };
    let account = RunAccount { person: HOSTILE.into(), why: HOSTILE.into(), ..RunAccount::default() };
    let html = Page::new(HOSTILE)
        .eyebrow(HOSTILE)
        .dateline(HOSTILE)
        .standfirst(HOSTILE)
        .headline(HOSTILE, HOSTILE, HOSTILE)
        .heading(HOSTILE)
        .paragraph(HOSTILE)
        .picture(tornado(&[(Some(1.0), Some(2.0))], 1.5), HOSTILE)
        .table(Table::new(HOSTILE).headings([HOSTILE]).row([HOSTILE]))
        .aside_table(bridge.table())
        .aside_table(account.table(HOSTILE))
        .aside_paragraph(HOSTILE)
        .note(HOSTILE)
        .to_html();
    assert!(!html.contains("<script") && !html.contains('\u{0}'));
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(&html, options).expect("the page is well-formed");
    assert!(document.descendants().all(|node| node.tag_name().name() != "script"));
    for forbidden in ["http:", "https:", "url(", "@import", "src="] {
        let outside = html.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains(forbidden), "the page reaches for {forbidden}");
    }
}

#[test]
fn the_reference_splits_the_bars_and_tells_its_probability() {
    let markers = [];
    let picture = Distribution {
        title: "t",
        quantity: "q",
        edges: &[0.0, 10.0, 20.0],
        counts: &[5, 5],
        below: 0,
        above: 0,
        markers: &markers,
        reference: Some(Reference { label: "Price".into(), value: 15.0, probability_above: 0.25 }),
        format: Format::money("$", 0),
    }
    .draw();
    let svg = picture.to_svg();
    assert!(svg.contains("Price $15 · 25.0% of trials above"));
    assert_eq!(
        svg.matches("class=\"soft\"").count(),
        2,
        "the bar left of the price and the left part of the split one"
    );
    assert_eq!(svg.matches("class=\"accent\"").count(), 1);
    assert!(picture.description().contains("25.0% of trials lie above it"));
}

#[test]
fn negative_flows_hang_below_the_line() {
    let svg = cash_flow(&[-40.0, 60.0], 100.0).to_svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let bar = |class: &str| {
        let node = document.descendants().find(|node| node.attribute("class") == Some(class)).unwrap();
        let of = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
        (of("y"), of("y") + of("height"))
    };
    let ((loss_top, _), (_, gain_bottom)) = (bar("loss"), bar("soft"));
    assert!((loss_top - gain_bottom).abs() < 0.02, "both meet at the zero line");
}

#[test]
fn undefined_cells_are_hatched_and_named() {
    let picture = heat_map(&[0.02, 0.03], &[0.08, 0.09], &[Some(1.0), Some(2.0), None, Some(3.0)], 2.0);
    let svg = picture.to_svg();
    assert!(svg.contains(">undefined</text>") && svg.contains("class=\"hatch\""));
    assert!(svg.contains("class=\"outline bold\""), "the base cell is marked");
    assert!(picture.table().to_html().contains("undefined"));
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => -1e6..1e6_f64, 1 => any::<f64>(), 1 => prop::sample::select(ODD.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_histogram_is_well_formed(
        mut edges in prop::collection::vec(any_number(), 0..70),
        counts in prop::collection::vec(0_u64..1_000_000, 0..70),
        markers in prop::collection::vec(any_number(), 0..9),
        reference in prop::option::of(any_number()),
        sorted in any::<bool>(),
    ) {
        if sorted {
            edges.sort_by(f64::total_cmp);
        }
        check(&distribution(&edges, &counts, &markers, reference));
    }

    #[test]
    fn any_cash_flow_is_well_formed(flows in prop::collection::vec(any_number(), 0..60), terminal in any_number()) {
        check(&cash_flow(&flows, terminal));
    }

    #[test]
    fn any_heat_map_is_well_formed(
        rows in prop::collection::vec(any_number(), 0..12),
        columns in prop::collection::vec(any_number(), 0..30),
        cells in prop::collection::vec(prop::option::of(any_number()), 0..200),
        pivot in any_number(),
    ) {
        check(&heat_map(&rows, &columns, &cells, pivot));
    }

    #[test]
    fn any_tornado_is_well_formed(
        ends in prop::collection::vec((prop::option::of(any_number()), prop::option::of(any_number())), 0..20),
        base in any_number(),
    ) {
        check(&tornado(&ends, base));
    }

    #[test]
    fn any_waterfall_is_well_formed(amounts in prop::collection::vec(any_number(), 0..40)) {
        check_inside(&waterfall(&amounts));
    }

    #[test]
    fn any_sources_and_uses_are_well_formed(
        sources in prop::collection::vec(any_number(), 0..20),
        uses in prop::collection::vec(any_number(), 0..20),
    ) {
        check_inside(&sources_and_uses(&sources, &uses));
    }

    #[test]
    fn any_football_field_is_well_formed(
        rows in prop::collection::vec((any_number(), any_number(), any_number()), 0..15),
        price in prop::option::of(any_number()),
        overlap in prop::option::of((any_number(), any_number())),
    ) {
        check_inside(&football_field(&rows, price, overlap));
    }

    #[test]
    fn any_text_survives_a_page(text in any::<String>()) {
        let html = Page::new(&text).paragraph(&text).aside_table(Table::new(&text).row([&text])).to_html();
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
        prop_assert!(roxmltree::Document::parse_with_options(&html, options).is_ok());
    }
}
