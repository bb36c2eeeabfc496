"""Entry points for web servers."""
