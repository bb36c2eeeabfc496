"""Settings: `default` for development and production, `test`, and `build`."""
