//! The gain of equity as a sum: growth, multiple, debt repaid, and what others receive.

use super::input::Lbo;
use super::output::{LboValuation, ValueBridge};
use crate::error::Error;
use crate::model::{ExplanationLine, figure};

pub(super) fn lines(lbo: &Lbo, output: &LboValuation) -> Result<Vec<ExplanationLine>, Error> {
    let (Some(bridge), Some(entry)) = (&output.value_bridge, output.entry_multiple) else {
        return Err(Error::undefined("value_bridge", "EBITDA of the last twelve months is not positive"));
    };
    let ValueBridge { ebitda_growth, multiple_change, net_debt_reduction, fees, dividends, management_pool, .. } =
        *bridge;
    let (entry, exit) = (figure(entry), figure(lbo.exit.multiple));
    let net_debt = format!("net debt at closing less that at exit, {}", figure(output.exit_debt - output.exit_cash));
    Ok(vec![
        ExplanationLine::new("EBITDA growth", format!("growth of EBITDA x entry_multiple {entry}"), ebitda_growth),
        ExplanationLine::new(
            "Multiple change",
            format!("(exit.multiple {exit} - entry_multiple {entry}) x EBITDA at exit"),
            multiple_change,
        ),
        ExplanationLine::new("Net debt reduction", net_debt, net_debt_reduction),
        ExplanationLine::new("Fees", "of transaction, financing and exit, and issue discounts", fees),
        ExplanationLine::new("Dividends", "until the exit", dividends),
        ExplanationLine::new("Management pool", "paid at exit", management_pool),
    ])
}
