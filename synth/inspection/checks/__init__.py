"""One module for each kind of promise that a dataset makes; each reports what is broken and goes on with the rest."""
