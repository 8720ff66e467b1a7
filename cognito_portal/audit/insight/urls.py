from django.urls import path

from cognito_portal.audit.insight.pages import charts, flags, reviews

urlpatterns = [
    path("charts/", charts.page, name="charts"),
    path("flags/", flags.page, name="flags"),
    path("flags/judge/", flags.judge, name="flags_judge"),
    path("reviews/", reviews.page, name="reviews"),
    path("reviews/sign/", reviews.sign, name="reviews_sign"),
    path("reviews/verify/", reviews.verify, name="reviews_verify"),
]
