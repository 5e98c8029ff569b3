"""The daily mail that says nothing: look at your desk."""
