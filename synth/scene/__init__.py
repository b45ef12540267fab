"""From a recipe to a spec: pure and exact. Only loading a recipe reads files; nothing here makes pixels."""
