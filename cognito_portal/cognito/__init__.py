"""A typed client for Amazon Cognito user pools. This room imports neither Django nor any other room."""
