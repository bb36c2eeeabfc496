"""Code that our modules, action plugins and filters share."""
