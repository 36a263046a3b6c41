"""The declared world: providers, models, prices, teams, products, use cases, as typed documents."""
