"""The views, one module a subject. Every module here is loaded when the console starts."""
