"""Cases by family of methods; each module holds formulas as its books write them, and cases."""

from . import buyout, capital, cashflow, corners, equity, firm, market, merger, scenarios, studies

MODULES = (cashflow, capital, firm, equity, buyout, merger, market, corners, studies, scenarios)
