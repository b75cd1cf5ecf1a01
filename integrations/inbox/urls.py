from django.urls import path

from integrations.inbox.views import receive

urlpatterns = [path("<slug:provider>/<slug:public_id>/", receive, name="webhook")]
