"""Cost of capital: prices of risk, betas, weights."""

from __future__ import annotations

from statistics import median

from .exact import case, d

PRATT = "Pratt, Grabowski, Cost of Capital: build-up and CAPM with size and country premia"


def cost_of_equity() -> None:
    inputs = {"risk_free": 0.04, "beta": 1.3, "equity_risk_premium": 0.055}
    source = "Sharpe (1964); Lintner (1965): E(r) = rf + beta (E(rm) - rf)"
    case("capm", "capm", inputs, {"beta_used": d(1.3), "cost_of_equity": d(0.1115)}, source=source)
    inputs = {**inputs, "beta_adjustment": "blume"}
    beta = d(1.3) * 2 / 3 + d(1) / 3
    expected = {"beta_used": beta, "cost_of_equity": d(0.04) + beta * d(0.055)}
    case(
        "capm_blume",
        "capm",
        inputs,
        expected,
        source="Blume (1975), Betas and Their Regression Tendencies: 1/3 + 2/3 beta",
    )

    # Precision-weighted mean of the estimate and the prior.
    inputs = {
        "risk_free": 0.03,
        "beta": 0.7,
        "equity_risk_premium": 0.05,
        "beta_adjustment": "vasicek",
        "beta_se": 0.2,
        "prior_beta": 1.05,
        "prior_sd": 0.3,
    }
    beta = (d(0.7) * d(0.09) + d(1.05) * d(0.04)) / d(0.13)
    expected = {"beta_used": beta, "cost_of_equity": d(0.03) + beta * d(0.05)}
    case("capm_vasicek", "capm", inputs, expected, source="Vasicek (1973), Bayesian estimates of security betas")
    case(
        "capm_vasicek_needs_the_error",
        "capm",
        {**inputs, "beta_se": None},
        error={"kind": "InvalidInput", "field": "beta_se"},
        source="Vasicek (1973): weights are inverse variances",
    )

    inputs = {
        "risk_free": 0.035,
        "beta": 0,
        "equity_risk_premium": 0.06,
        "size_premium": 0.01,
        "specific_premium": -0.005,
        "country_premium": 0.03,
        "country_exposure": 0.4,
    }
    case("capm_premia", "capm", inputs, {"cost_of_equity": d(0.052)}, source=PRATT)


def betas() -> None:
    hamada = "Hamada (1972): levered beta = unlevered (1 + (1 - t) D/E)"
    inputs = {"beta": 1.2, "debt_to_equity": 0.5, "tax_rate": 0.25}
    case("unlever_hamada", "unlever_beta", inputs, {"beta": d(1.2) / d(1.375)}, source=hamada)
    inputs = {"beta": 0.9, "debt_to_equity": 1.5, "tax_rate": 0.3}
    case("relever_hamada", "relever_beta", inputs, {"beta": d(0.9) * d(2.05)}, source=hamada)

    # Weighted average of equity and debt betas: a = e E/V + b D/V.
    inputs = {"beta": 1.4, "debt_to_equity": 0.25, "tax_rate": 0.25, "debt_beta": 0.2, "method": "harris_pringle"}
    source = "Harris, Pringle (1985); Brealey, Myers, Allen: asset beta = beta_E E/V + beta_D D/V"
    asset = d(1.4) * d(0.8) + d(0.2) * d(0.2)
    case("unlever_harris_pringle", "unlever_beta", inputs, {"beta": asset}, source=source)
    inputs = {
        "beta": 0.8,
        "debt_to_equity": 0.6,
        "tax_rate": 0.3,
        "debt_beta": 0.1,
        "cost_of_debt": 0.05,
        "method": "miles_ezzell",
    }
    k = d(0.6) * (1 - d(0.3) * d(0.05) / d(1.05))
    levered = d(0.8) * (1 + k) - d(0.1) * k
    case(
        "relever_miles_ezzell",
        "relever_beta",
        inputs,
        {"beta": levered},
        source="Miles, Ezzell (1985): debt rebalanced yearly",
    )
    case(
        "relever_miles_ezzell_needs_a_rate",
        "relever_beta",
        {**inputs, "cost_of_debt": None},
        error={"kind": "InvalidInput", "field": "cost_of_debt"},
        source="Miles, Ezzell (1985): the first year's shield is as safe as debt",
    )

    peers = [(0.9, 0.2, 0.2), (1.3, 0.8, 0.25), (1.1, 0.4, 0.3), (1.8, 1.6, 0.25)]
    asset_betas = [d(b) / (1 + (1 - d(t)) * d(x)) for b, x, t in peers]
    inputs = {
        "peers": [
            {"name": name, "beta": b, "debt_to_equity": x, "tax_rate": t} for name, (b, x, t) in zip("abcd", peers)
        ],
        "target_debt_to_equity": 0.5,
        "target_tax_rate": 0.25,
    }
    source = "Damodaran, Investment Valuation: bottom-up betas"
    for statistic, middle in (("median", median(asset_betas)), ("mean", sum(asset_betas) / 4)):
        expected = {"unlevered": asset_betas, "unlevered_beta": middle, "beta": middle * d(1.375)}
        case(f"peer_beta_{statistic}", "peer_beta", {**inputs, "statistic": statistic}, expected, source=source)


def weights() -> None:
    bma = "Brealey, Myers, Allen, Principles of Corporate Finance: WACC = rD (1 - Tc) D/V + rE E/V"
    inputs = {
        "cost_of_equity": 0.12,
        "cost_of_debt": 0.06,
        "cost_of_preferred": 0.075,
        "tax_rate": 0.25,
        "equity_value": 600,
        "debt_value": 300,
        "preferred_value": 100,
    }
    average = d(0.6) * d(0.12) + d(0.3) * d(0.06) * d(0.75) + d(0.1) * d(0.075)
    expected = {
        "wacc": average,
        "equity_weight": d(0.6),
        "debt_weight": d(0.3),
        "preferred_weight": d(0.1),
        "beta": None,
    }
    case("wacc_market_values", "wacc", inputs, expected, source=bma + " (with preferred stock)")

    # Relevered at D/E = 40/60 from an asset beta, Hamada.
    inputs = {
        "cost_of_equity": {"risk_free": 0.03, "beta": 1, "equity_risk_premium": 0.05},
        "cost_of_debt": 0.05,
        "tax_rate": 0.25,
        "debt_weight": 0.4,
        "unlevered_beta": 0.8,
    }
    beta = d(0.8) * (1 + d(0.75) * 40 / 60)
    equity = d(0.03) + beta * d(0.05)
    expected = {"beta": beta, "cost_of_equity": equity, "wacc": d(0.6) * equity + d(0.4) * d(0.05) * d(0.75)}
    case("wacc_target_weights_relevered", "wacc", inputs, expected, source=bma + "; Hamada (1972)")

    # Debt beta 0.4 at cost 5 %: the cost of debt is its own CAPM, and WACC = ku - L t kd.
    inputs = {**inputs, "beta_method": "harris_pringle", "debt_beta": 0.4}
    expected = {"wacc": d(0.07) - d(0.4) * d(0.25) * d(0.05)}
    case("wacc_harris_pringle", "wacc", inputs, expected, source="Harris, Pringle (1985): WACC = ku - L t kd")
    case(
        "wacc_nothing_to_weigh",
        "wacc",
        {"cost_of_equity": 0.1, "tax_rate": 0.2, "equity_value": 0},
        error={"kind": "InvalidInput"},
        source=bma + "; V > 0",
    )

    table = [
        {"min_cover": 8.5, "rating": "AAA", "spread": 0.006},
        {"min_cover": 3, "rating": "A-", "spread": 0.015},
        {"min_cover": 1.5, "rating": "B", "spread": 0.045},
    ]
    damodaran = "Damodaran, Investment Valuation: synthetic ratings from interest cover"
    expected = {"rating": "A-", "spread": d(0.015)}
    case(
        "synthetic_rating_at_the_bound",
        "synthetic_rating",
        {"interest_cover": 3, "table": table},
        expected,
        source=damodaran,
    )
    case(
        "synthetic_rating_below_the_table",
        "synthetic_rating",
        {"interest_cover": 1.2, "table": table},
        error={"kind": "Undefined"},
        source=damodaran,
    )


def write() -> None:
    cost_of_equity()
    betas()
    weights()
