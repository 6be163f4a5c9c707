"""What keeps the explorer safe: headers, forms that cannot be forged, limits."""

from superemitter.web.security.forms import check_form, form_token, receipt_of
from superemitter.web.security.guard import Guard
from superemitter.web.security.limits import RateLimits

__all__ = ["Guard", "RateLimits", "check_form", "form_token", "receipt_of"]
