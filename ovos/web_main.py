"""`python -m ovos.web_main`: the web process."""

from ovos.web import serve

serve()
