"""Staff pages: server-rendered, live."""
