{{/* What is so for every installation (files/components.yaml), as YAML. */}}
{{- define "orderflow.facts" -}}
{{ .Files.Get "files/components.yaml" }}
{{- end -}}

{{/*
A component as it is to be: defaults, what belongs to it by nature, and its own values, in this order; as YAML with its
facts under `facts`. (dict "root" $ "name" "order-service")
*/}}
{{- define "orderflow.component" -}}
{{- $facts := index (include "orderflow.facts" .root | fromYaml) .name -}}
{{- $own := index .root.Values.components .name | default dict -}}
{{- $component := mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own) -}}
{{- with $facts.databaseOf -}}
{{- $owner := dig . "database" dict $.root.Values.components -}}
{{- $database := mergeOverwrite (deepCopy $.root.Values.defaults.database) (deepCopy $owner) (dig "database" dict $own) -}}
{{- $_ := set $component "database" $database -}}
{{- end -}}
{{- $_ := set $component "facts" $facts -}}
{{ toYaml $component }}
{{- end -}}

{{/* "true" when the component runs. */}}
{{- define "orderflow.enabled" -}}
{{- $component := include "orderflow.component" . | fromYaml -}}
{{- if $component.enabled }}true{{ end -}}
{{- end -}}

{{/* Fewest pods that the component has at any time. */}}
{{- define "orderflow.replicasMin" -}}
{{- if eq .autoscaling.type "none" }}{{ .replicas }}{{ else }}{{ .autoscaling.minReplicas }}{{ end -}}
{{- end -}}

{{/*
Pods that the Deployment asks for; empty: it names no number. A Deployment that stops naming one goes to one pod until
the autoscaler acts, so while an autoscaler owns the number it is the one that runs already, within the autoscaler's bounds;
as few as it may have where the cluster cannot be asked (`helm template`). Only where Helm applies by the server and
somebody else, the autoscaler, has set the number as well does it stay when we no longer name it.
*/}}
{{- define "orderflow.replicas" -}}
{{- $scaling := .component.autoscaling -}}
{{- if eq $scaling.type "none" -}}
{{ .component.replicas }}
{{- else -}}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "orderflow.name" .) -}}
{{- $applied := false -}}
{{- $shared := false -}}
{{- range dig "metadata" "managedFields" list $live -}}
{{- if and (eq .manager "helm") (eq .operation "Apply") -}}
{{- $applied = true -}}
{{- else if hasKey (dig "fieldsV1" "f:spec" dict .) "f:replicas" -}}
{{- $shared = true -}}
{{- end -}}
{{- end -}}
{{- if not (and $applied $shared) -}}
{{ min (max (dig "spec" "replicas" 0 $live) $scaling.minReplicas) $scaling.maxReplicas }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Seconds that a pod may take to stop: it serves on, running calls end, then its parts stop (the process gives them
30 s and then ends by itself), and a margin.
*/}}
{{- define "orderflow.terminationGracePeriod" -}}
{{ add .lifecycle.preStopSeconds .lifecycle.drainSeconds 30 5 }}
{{- end -}}

{{/* A value of an environment variable: numbers without an exponent. */}}
{{- define "orderflow.text" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ toString . }}{{ end -}}
{{- end -}}
