//! Rows of trials, grids and columns do as little as they can, and give the bits of single valuations.

#[expect(dead_code, reason = "what tests of single models ask of a company")]
mod companies;

use std::sync::Arc;

use companies::{companies, example, with};
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::columns::{Column, evaluate_columns};
use valor_ivx::model::{Path, Prepared, Rows, Slot};
use valor_ivx::{ErrorKind, catalogue, evaluate};

/// Models of every room, with numbers that may be varied. `irr` is valued trial by trial.
fn models() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let company = with(&example(), json!({"shares": 10.0, "options": [{"count": 1.0, "strike": 20.0}]}));
    let debt = json!([100.0, 110.0, 120.0, 130.0, 140.0, 150.0, 160.0, 170.0]);
    let growing = json!({"growth": 0.025});
    vec![
        ("dcf", with(&company, json!({"wacc": 0.09})), vec!["wacc", "terminal.growth", "stages[1].growth"]),
        (
            "dcf",
            with(&company, json!({"wacc": 0.09, "stub": 0.5, "mid_year": true, "nol": {"opening": 50.0}})),
            vec!["stub", "wacc", "stages[0].ebit_margin"],
        ),
        (
            "ddm",
            json!({"dividend": 2.0, "stages": [{"years": 5, "growth": 0.08}], "cost_of_equity": 0.1, "terminal": growing}),
            vec!["cost_of_equity", "terminal.growth", "dividend"],
        ),
        (
            "residual_income",
            json!({"book_value": 100.0, "roe": 0.15, "years": 5, "payout": 0.5, "cost_of_equity": 0.1}),
            vec!["cost_of_equity", "roe"],
        ),
        (
            "apv",
            with(&company, json!({"unlevered_cost": 0.09, "cost_of_debt": 0.05, "debt": debt})),
            vec!["unlevered_cost", "cost_of_debt"],
        ),
        ("npv", json!({"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}), vec!["rate", "cashflows[1]"]),
        ("pmt", json!({"rate": 0.05, "nper": 12, "pv": 1000, "fv": 10}), vec!["rate", "nper"]),
        (
            "capm",
            json!({"risk_free": 0.03, "beta": 1.2, "equity_risk_premium": 0.05}),
            vec!["beta", "equity_risk_premium"],
        ),
        ("irr", json!({"cashflows": [-100.0, 60.0, 60.0]}), vec!["cashflows[0]", "cashflows[1]"]),
    ]
}

fn prepared(model: &str, input: &Value, paths: &[&str]) -> (Arc<dyn Prepared>, Vec<Slot>) {
    let paths: Vec<_> = paths.iter().map(|path| Path::parse(path, "path").unwrap()).collect();
    let prepared: Arc<dyn Prepared> = catalogue::find(model).unwrap().prepare(input, &paths, &[]).unwrap().into();
    let slots = paths.iter().map(|path| prepared.numbers().select(path)[0]).collect();
    (prepared, slots)
}

/// Each row: the numbers held, and the columns drawn.
type Row = (Vec<f64>, Vec<Vec<f64>>);

/// Every trial of `rows`, one after the other, has the bits of its single valuation or is without a value
/// where that fails; counts those without.
fn rows_are_single_valuations(prepared: &Arc<dyn Prepared>, held: &[Slot], drawn: &[Slot], all: &[Row]) -> usize {
    let mut rows = Rows::new(prepared, held, drawn);
    let mut without = 0;
    let ahead: Vec<Vec<f64>> =
        (0..held.len()).map(|slot| all.iter().map(|(numbers, _)| numbers[slot]).collect()).collect();
    rows.hold(&ahead.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (row, (numbers, columns)) in all.iter().enumerate() {
        let trials = columns[0].len();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        rows.draw(&columns, trials);
        rows.evaluate(row);
        let mut all_have = true;
        for trial in 0..trials {
            let mut inputs = prepared.numbers().values();
            for (slot, number) in held.iter().zip(numbers) {
                inputs[slot.index()] = *number;
            }
            for (slot, column) in drawn.iter().zip(&columns) {
                inputs[slot.index()] = column[trial];
            }
            let Ok(want) = prepared.evaluate(&inputs) else {
                assert!(!rows.has_value(trial), "{inputs:?}");
                all_have = false;
                without += 1;
                continue;
            };
            assert!(rows.has_value(trial), "{inputs:?}");
            for (output, want) in want.iter().enumerate() {
                // A single valuation may write -0 as 0.
                assert_eq!((rows.output(output)[trial] + 0.0).to_bits(), (want + 0.0).to_bits(), "{inputs:?}");
            }
        }
        assert_eq!(rows.all_have_values(), all_have);
    }
    without
}

#[test]
fn a_row_has_the_bits_of_single_valuations_whatever_changed_since_the_last() {
    for (model, input, paths) in models() {
        let (prepared, slots) = prepared(model, &input, &paths);
        let base = prepared.numbers().values();
        // Every combination has a value.
        let column = |slot: &Slot, shift: f64, trials: usize| -> Vec<f64> {
            (0..trials).map(|i| base[slot.index()] * (0.6 + shift + 0.8 * i as f64 / trials as f64)).collect()
        };
        for cut in 0..slots.len() {
            let (held, drawn) = slots.split_at(cut);
            // Rows that repeat, change what is held, what is drawn, both, and their length.
            let rows: Vec<Row> = [
                (0.0, 0.0, 37),
                (0.0, 0.0, 37),
                (0.3, 0.0, 37),
                (0.3, 0.2, 37),
                (0.1, 0.1, 48),
                (0.1, 0.1, 5),
                (0.2, 0.1, 5),
            ]
            .into_iter()
            .map(|(number, shift, trials)| {
                let numbers = held.iter().map(|slot| base[slot.index()] * (0.8 + number)).collect();
                (numbers, drawn.iter().map(|slot| column(slot, shift, trials)).collect())
            })
            .collect();
            assert_eq!(rows_are_single_valuations(&prepared, held, drawn, &rows), 0, "{model}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_of_any_company_are_its_valuations_and_trials_without_a_value_are_told(
        company in companies(),
        mid_year in any::<bool>(),
        waccs in prop::collection::vec(0.01..0.2_f64, 1..6),
        growths in prop::collection::vec(-0.02..0.06_f64, 1..40),
    ) {
        let mut input = with(&company, json!({"wacc": 0.1, "mid_year": mid_year, "shares": 7.0}));
        input["terminal"]["min_spread"] = json!(0.001);
        let (prepared, slots) = prepared("dcf", &input, &["wacc", "terminal.growth"]);
        let rows: Vec<Row> = waccs.iter().map(|wacc| (vec![*wacc], vec![growths.clone()])).collect();
        let without = rows_are_single_valuations(&prepared, &slots[..1], &slots[1..], &rows);
        let crossed = waccs.iter().flat_map(|wacc| growths.iter().map(move |growth| wacc - growth));
        prop_assert_eq!(without, crossed.filter(|spread| *spread <= 0.001).count());
    }

    #[test]
    fn columns_of_runs_are_rows_valued_one_by_one(company in companies(), lengths in prop::collection::vec(1..400_usize, 1..8)) {
        let input = with(&company, json!({"wacc": 0.1}));
        let mut columns = [Vec::new(), Vec::new()];
        for (i, &length) in lengths.iter().enumerate() {
            columns[0].extend(std::iter::repeat_n(0.08 + 0.005 * i as f64, length));
            columns[1].extend((0..length).map(|j| 0.02 * j as f64 / 400.0));
        }
        let columns = [("wacc", &columns[0]), ("terminal.growth", &columns[1])];
        let given = columns.map(|(path, values)| Column::new(path, values));
        let values = evaluate_columns("dcf", &input, &given, Some("equity_value")).unwrap();
        for row in (0..values.len()).step_by(23) {
            let single = columns.iter().fold(input.clone(), |mut input, (path, values)| {
                assert!(Path::parse(path, "path").unwrap().set(&mut input, &json!(values[row])));
                input
            });
            prop_assert_eq!(evaluate("dcf", &single).unwrap()["equity_value"].as_f64(), Some(values[row]));
        }
    }
}

#[test]
fn a_long_grid_of_many_axes_is_repeated_valuation() {
    let input = with(&example(), json!({"wacc": 0.09, "shares": 10.0}));
    let (waccs, margins, growths): (Vec<f64>, [f64; 3], Vec<f64>) = (
        (0..4).map(|i| 0.08 + 0.01 * f64::from(i)).collect(),
        [0.1, 0.2, 0.3],
        // More than a row, and two that leave no value.
        (0..1100).map(|i| 0.00003 * f64::from(i)).chain([0.2, -2.0]).collect(),
    );
    let axes = json!([
        {"path": "wacc", "values": waccs}, {"path": "stages[2].ebit_margin", "values": margins},
        {"path": "terminal.growth", "values": growths},
    ]);
    let request = json!({"model": "dcf", "input": input, "axes": axes});
    let grid = evaluate("sensitivity_grid", request).unwrap();
    let cells = grid["values"]["value_per_share"].as_array().unwrap();
    assert_eq!((cells.len(), grid["shape"].clone()), (4 * 3 * 1102, json!([4, 3, 1102])));
    for (i, cell) in cells.iter().enumerate().filter(|(i, _)| i % 67 == 0 || i % 1102 >= 1100) {
        let mut single = with(&input, json!({"wacc": waccs[i / 3306]}));
        single["stages"][2]["ebit_margin"] = json!(margins[i / 1102 % 3]);
        single["terminal"]["growth"] = json!(growths[i % 1102]);
        assert_eq!(evaluate("dcf", &single).map_or(Value::Null, |value| value["value_per_share"].clone()), *cell);
    }
    let errors = grid["errors"].as_array().unwrap();
    let places: Vec<_> = errors.iter().map(|error| error["index"].as_u64().unwrap()).collect();
    assert_eq!(places, (0..12).flat_map(|row| [row * 1102 + 1100, row * 1102 + 1101]).collect::<Vec<_>>());
}

#[test]
fn axes_laid_out_by_numbers_alone_are_the_columns_written_out() {
    let input = with(&example(), json!({"wacc": 0.09}));
    let primary = "equity_value";
    let growths: Vec<f64> = (0..100).map(|i| 0.0003 * f64::from(i)).collect();
    // A long axis last, a short one last, and a grid in one that is longer than a thread's part.
    for lengths in [[3, 2, 100], [100, 2, 3], [40, 20, 100]] {
        let points = |count: usize, from: f64, to: f64| -> Vec<f64> {
            (0..count).map(|i| from + (to - from) * i as f64 / count as f64).collect()
        };
        let axes = [
            ("wacc", points(lengths[0], 0.08, 0.12)),
            ("stages[2].ebit_margin", points(lengths[1], 0.1, 0.3)),
            ("terminal.growth", growths.iter().copied().cycle().take(lengths[2]).collect()),
        ];
        let rows: usize = lengths.iter().product();
        let each = [lengths[1] * lengths[2], lengths[2], 1];
        let laid: Vec<_> = axes
            .iter()
            .zip(each)
            .map(|((path, values), each)| Column { path, values, each, times: rows / each / values.len() })
            .collect();
        let written = |(of, each): (&(&'static str, Vec<f64>), usize)| -> (&'static str, Vec<f64>) {
            (of.0, (0..rows).map(|row| of.1[row / each % of.1.len()]).collect())
        };
        let written: Vec<_> = axes.iter().zip(each).map(written).collect();
        let columns: Vec<_> = written.iter().map(|(path, values)| Column::new(path, values)).collect();
        let values = evaluate_columns("dcf", &input, &laid, None).unwrap();
        assert_eq!(values.len(), rows);
        assert!(values == evaluate_columns("dcf", &input, &columns, None).unwrap(), "{lengths:?}");
        // Rows of every hundred that is held together, and of the next.
        for row in (0..rows).step_by(rows / 23) {
            let one = written.iter().fold(input.clone(), |one, (path, values)| {
                let mut one = one;
                assert!(Path::parse(path, "path").unwrap().set(&mut one, &json!(values[row])));
                one
            });
            let alone = evaluate("dcf", &one).unwrap();
            assert_eq!(alone[primary].as_f64(), Some(values[row]), "{lengths:?} {row}");
        }
    }
    // One number for a hundred rows beside one for each of them all.
    let (waccs, all): (_, Vec<f64>) = ([0.08, 0.09, 0.1], (0..300).map(|i| 0.0001 * f64::from(i)).collect());
    let written: Vec<f64> = waccs.iter().flat_map(|wacc| [*wacc; 100]).collect();
    let of = |wacc: Column<'_>| evaluate_columns("dcf", &input, &[wacc, Column::new("terminal.growth", &all)], None);
    let laid = of(Column { each: 100, ..Column::new("wacc", &waccs) }).unwrap();
    assert!(laid == of(Column::new("wacc", &written)).unwrap());
    assert_ne!(laid[100], of(Column { each: 300, ..Column::new("wacc", &waccs[..1]) }).unwrap()[100]);
    let endless = [
        Column { each: usize::MAX / 200, ..Column::new("wacc", &growths) },
        Column { times: usize::MAX / 200, ..Column::new("terminal.growth", &growths) },
    ];
    assert_eq!(evaluate_columns("dcf", &input, &endless, None).unwrap_err().reason(), Some("out_of_memory"));
    let unequal = [Column::new("wacc", &growths), Column { times: 2, ..Column::new("terminal.growth", &growths) }];
    let error = evaluate_columns("dcf", &input, &unequal, None).unwrap_err();
    assert_eq!((error.field(), error.kind()), (Some("terminal.growth"), ErrorKind::InvalidInput));
}

#[test]
fn the_first_row_of_a_run_that_has_no_value_is_named_whatever_is_wrong_with_later_ones() {
    let input = with(&example(), json!({"wacc": 0.09}));
    let waccs = vec![0.09; 500];
    let failing = |undefined: usize, refused: usize| {
        let mut growths = vec![0.01; 500];
        growths[undefined] = 0.5;
        growths[refused] = -3.0;
        let columns = [Column::new("wacc", &waccs), Column::new("terminal.growth", &growths)];
        evaluate_columns("dcf", &input, &columns, None).unwrap_err()
    };
    let undefined = failing(300, 310);
    assert_eq!(undefined.what(), Some("terminal_value"));
    assert_eq!(undefined.detail("hint").unwrap(), "in row 300, counted from 0");
    let refused = failing(310, 300);
    assert_eq!(refused.field(), Some("terminal.growth"));
    assert_eq!(refused.detail("hint").unwrap(), "in row 300, counted from 0");
}
