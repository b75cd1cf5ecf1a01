"""Country codes as models keep them: two capital letters, checked against the countries that Babel knows."""

from babel import Locale
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_country(code: str) -> None:
    if not (len(code) == 2 and code.isalpha() and code.isupper() and code in Locale("en").territories):
        raise ValidationError(_("“%(code)s” is not a country code."), params={"code": code})
