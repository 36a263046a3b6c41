"""The catalogue: models and dated prices, compiled to rate cards that price a call by integers."""

from bursar.catalogue.book import check_price, check_prices
from bursar.catalogue.card import Line, RateCard
from bursar.catalogue.catalogue import Catalogue
from bursar.catalogue.context import STANDARD, PriceContext
from bursar.catalogue.rating import FLAG_PARTLY_UNPRICED, Rated, rate

__all__ = [
    "FLAG_PARTLY_UNPRICED",
    "STANDARD",
    "Catalogue",
    "Line",
    "PriceContext",
    "RateCard",
    "Rated",
    "check_price",
    "check_prices",
    "rate",
]
