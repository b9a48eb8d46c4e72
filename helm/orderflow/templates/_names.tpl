{{/* Prefix of the names of all objects; short enough for the longest name that is made from it. */}}
{{- define "orderflow.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $full | trunc 28 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of a component's objects: (dict "root" $ "name" "order-service"). */}}
{{- define "orderflow.name" -}}
{{ include "orderflow.fullname" .root }}-{{ .name }}
{{- end -}}

{{/* The headless Service that other components resolve to all pods. */}}
{{- define "orderflow.headless" -}}
{{ include "orderflow.name" . }}-grpc
{{- end -}}

{{/* What pods are selected by; never changes. */}}
{{- define "orderflow.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Labels of an object: (dict "root" $ "name" component or role). */}}
{{- define "orderflow.labels" -}}
{{ include "orderflow.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: orderflow
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of pods: without versions of the chart, or every pod would be replaced when the chart alone changes. */}}
{{- define "orderflow.podLabels" -}}
{{ include "orderflow.selector" . }}
app.kubernetes.io/part-of: orderflow
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "orderflow.serviceAccount" -}}
{{- if .component.serviceAccount.name -}}
{{ .component.serviceAccount.name }}
{{- else if .component.serviceAccount.create -}}
{{ include "orderflow.name" . }}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "name" "order-service" "image" values) */}}
{{- define "orderflow.image" -}}
{{- $repository := default (printf "%s/%s" .root.Values.global.imagePrefix .name) .image.repository -}}
{{- with .root.Values.global.imageRegistry -}}{{- $repository = printf "%s/%s" . $repository -}}{{- end -}}
{{- if .image.digest -}}
{{ $repository }}@{{ .image.digest }}
{{- else -}}
{{ $repository }}:{{ coalesce .image.tag .root.Values.defaults.image.tag .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}
