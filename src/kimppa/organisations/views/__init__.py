"""Pages of the organisation: signing in, choosing where one works, units, staff and the log."""

UNPROCESSABLE = 422
